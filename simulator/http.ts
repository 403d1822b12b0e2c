import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FileSummary, UploadedFile } from './types';

export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

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
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** Fields and files of a multipart body, in any order. Each file is hashed here, once. */
export async function parseMultipart(
  raw: Buffer,
  contentType: string,
): Promise<{ fields: Record<string, string[]>; files: UploadedFile[] }> {
  const form = await new Response(raw, { headers: { 'content-type': contentType } }).formData();
  const fields: Record<string, string[]> = {};
  const files: UploadedFile[] = [];
  for (const [name, value] of form) {
    if (typeof value === 'string') {
      (fields[name] ??= []).push(value);
      continue;
    }
    const bytes = Buffer.from(await value.arrayBuffer());
    files.push({
      field: name,
      fileName: value.name,
      mimeType: value.type,
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
      bytes,
    });
  }
  return { fields, files };
}

/**
 * Replaces, in place, the base64 in every `{mimeType|mimetype, data}` object with its FileSummary: images are
 * recognised by hash, and a request log that kept them would outgrow the memory.
 */
export function summariseInlineFiles(value: unknown): void {
  if (Array.isArray(value)) {
    for (const item of value) summariseInlineFiles(item);
    return;
  }
  if (!isRecord(value)) return;
  if (typeof value.data === 'string' && (typeof value.mimeType === 'string' || typeof value.mimetype === 'string')) {
    const bytes = Buffer.from(value.data, 'base64');
    value.data = { sha256: sha256(bytes), sizeBytes: bytes.length } satisfies FileSummary;
    return;
  }
  for (const item of Object.values(value)) if (typeof item === 'object') summariseInlineFiles(item);
}

/** Header names in lower case; a repeated header is joined as HTTP allows. */
export function flattenHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
