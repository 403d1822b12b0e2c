import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { sha256 } from './hash';
import type { FileSummary } from './types';

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value as a list of objects; anything else in it, or another type, is left out. */
export const recordsOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isRecord) : [];

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export interface RunningServer {
  url: string;
  port: number;
  stop(): Promise<void>;
}

/**
 * Listens on 127.0.0.1. Port 0 takes a free one.
 *
 * Stopping also cuts the requests that hang on purpose.
 */
export async function listen(port: number, listener: http.RequestListener): Promise<RunningServer> {
  const server = http.createServer(listener);
  // Longer than any client keeps an idle connection, so that the client is the one to close it and never writes into a closed one.
  server.keepAliveTimeout = 120_000;
  server.headersTimeout = 125_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export async function readBody(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [first] = chunks;
  return chunks.length === 1 && first ? first : Buffer.concat(chunks);
}

/**
 * Replaces, in place, the base64 in every `{mimeType|mimetype, data}` object with its FileSummary: images are
 * recognised by hash, and a request log that kept them would outgrow the memory.
 *
 * @returns how many characters were taken out
 */
export function summariseInlineFiles(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + summariseInlineFiles(item), 0);
  if (!isRecord(value)) return 0;
  const { data } = value;
  if (typeof data === 'string' && (typeof value.mimeType === 'string' || typeof value.mimetype === 'string')) {
    const bytes = Buffer.from(data, 'base64');
    value.data = { sha256: sha256(bytes), sizeBytes: bytes.length } satisfies FileSummary;
    return data.length;
  }
  return Object.values(value).reduce<number>((sum, item) => sum + summariseInlineFiles(item), 0);
}

/** Header names in lower case; a repeated header is joined as HTTP allows. */
export function flattenHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
