import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadConfig, type Config } from '../../core/config';
import { AppError, type ErrorCode } from '../../core/errors';
import type { CallOptions } from '../../core/providers/ports';
import type { Simulator } from '../../simulator/index';

type Addresses = Pick<Simulator['urls'], 'vertex' | 'groq' | 'openai' | 'llamaparse' | 'waha' | 'jina'>;

/** The product's configuration with every provider at the given addresses. */
export function configFor(urls: Addresses, overrides: Record<string, string> = {}): Config {
  return loadConfig({
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
    ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
    ALLOWED_PRIVATE_HOSTS: new URL(urls.waha).host,
    VERTEX_PROJECT: 'loja',
    VERTEX_ACCESS_TOKEN: 'token',
    VERTEX_BASE_URL: urls.vertex,
    GROQ_API_KEY: 'gsk_test',
    GROQ_BASE_URL: urls.groq,
    OPENAI_API_KEY: 'sk-test',
    OPENAI_BASE_URL: `${urls.openai}/v1`,
    LLAMA_CLOUD_API_KEY: 'llx-test',
    LLAMA_CLOUD_BASE_URL: urls.llamaparse,
    // Without tesseract, which is on some machines and not on others.
    DOCUMENT_CHAIN: 'llamaparse,pdf_text',
    RERANKER: 'jina',
    JINA_API_KEY: 'jina_test',
    JINA_BASE_URL: urls.jina,
    ...overrides,
  });
}

export function callOptions(overrides: Partial<CallOptions> = {}): CallOptions {
  return { signal: new AbortController().signal, timeoutMs: 60_000, ...overrides };
}

/** The AppError that a promise rejects with; fails when it fulfils or rejects with something else. */
export async function failureOf(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => assert.fail('it should have failed'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof AppError, `expected an AppError, got ${String(error)}`);
  return error;
}

export async function assertFailsWith(promise: Promise<unknown>, code: ErrorCode): Promise<AppError> {
  const error = await failureOf(promise);
  assert.equal(error.code, code, error.message);
  return error;
}

export interface SilentServer {
  url: string;
  /** Resolves when a connection on which a request arrived has been closed by the client. */
  clientLeft: Promise<void>;
  /** Resolves when a request has arrived. */
  requested: Promise<void>;
  stop(): Promise<void>;
}

/** A server that reads requests and never answers them. */
export async function startSilentServer(): Promise<SilentServer> {
  let onLeft = (): void => {};
  let onRequested = (): void => {};
  const clientLeft = new Promise<void>((resolve) => (onLeft = resolve));
  const requested = new Promise<void>((resolve) => (onRequested = resolve));
  const server: Server = createServer((request) => {
    request.socket.once('close', onLeft);
    request.resume();
    onRequested();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    clientLeft,
    requested,
    stop: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => (error ? reject(error) : resolve()));
      }),
  };
}

export const IMAGE = { image: Buffer.from('image'), mimeType: 'image/jpeg', prompt: 'Descreva', maxOutputTokens: 300 };
export const AUDIO = { audio: Buffer.from('audio'), mimeType: 'audio/ogg; codecs=opus', fileName: 'PTT-1.ogg' };
export const PDF = { file: Buffer.from('%PDF-1.4 test'), mimeType: 'application/pdf', fileName: 'proposta.pdf' };
export const RERANK = { query: 'prazo de entrega', documents: ['Entregamos em 3 dias', 'Bom dia'], topN: 2 };
export const CHAT = {
  system: 'Você atende uma loja.',
  messages: [{ role: 'user' as const, content: 'Oi' }],
  maxOutputTokens: 200,
};
