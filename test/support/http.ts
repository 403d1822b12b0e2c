import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import type { ApiDeps } from '../../api/deps';
import { createHttpApp } from '../../api/http/app';
import { createApiDeps } from '../../api/http/create-deps';
import { loadConfig } from '../../core/config';
import { testDatabaseUrl, testPreparedStatements } from './database';

/** A body as a test reads it: what it is, the assertions say. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

export interface ApiResponse {
  status: number;
  headers: Headers;
  /** The parsed body; null if there is none. */
  body: Json;
  text: string;
}

export interface ApiRequest {
  key?: string;
  json?: unknown;
  /** Sent as it is. */
  raw?: string | Buffer | FormData;
  headers?: Record<string, string>;
}

export interface TestApi {
  url: string;
  deps: ApiDeps;
  /** Every log line so far, without any redaction. */
  logLines: string[];
  request(method: string, path: string, request?: ApiRequest): Promise<ApiResponse>;
  close(): Promise<void>;
}

/** Nothing listens there. */
export const CLOSED_PORT = '127.0.0.1:1';

/** The key with which test APIs seal secrets. */
export const TEST_ENCRYPTION_KEY = Buffer.alloc(32, 7).toString('base64');

/** The real HTTP API on a free port, wired as api/main.ts does. Without `environment` there is no Temporal behind it. */
export async function startTestApi(environment: Record<string, string> = {}): Promise<TestApi> {
  const mediaDir = await mkdtemp(path.join(tmpdir(), 'ventros-api-'));
  const logLines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line) => void logLines.push(line) });
  const config = loadConfig({
    DATABASE_URL: environment['DATABASE_URL'] ?? testDatabaseUrl(),
    DATABASE_MAX_CONNECTIONS: '5',
    DATABASE_PREPARED_STATEMENTS: testPreparedStatements(),
    TEMPORAL_ADDRESS: CLOSED_PORT,
    ENCRYPTION_KEY: TEST_ENCRYPTION_KEY,
    MEDIA_DIR: mediaDir,
    EMBEDDINGS_PROVIDER: 'local',
    ...environment,
  });
  const deps = createApiDeps(config, logger, { isDraining: () => false });
  const server = createServer(createHttpApp(deps));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    deps,
    logLines,
    request: (method, requestPath, request = {}) => send(`${url}${requestPath}`, method, request),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await deps.workflows.close();
      await deps.db.close();
      await rm(mediaDir, { recursive: true });
    },
  };
}

async function send(url: string, method: string, { key, json, raw, headers }: ApiRequest): Promise<ApiResponse> {
  const response = await fetch(url, {
    method,
    body: json === undefined ? raw : JSON.stringify(json),
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, body: text && isJson ? JSON.parse(text) : null };
}
