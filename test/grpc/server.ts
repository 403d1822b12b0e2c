import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { credentials, Metadata, type Client, type ServiceError } from '@grpc/grpc-js';
import { createGrpcServer, type GrpcServerDeps } from '../../api/grpc/server';
import type { GrpcSettings } from '../../api/grpc/settings';
import { BadRequest, ErrorInfo, RetryInfo } from '../../api/grpc/generated/google/rpc/error_details';
import { Status } from '../../api/grpc/generated/google/rpc/status';
import { MemoryServiceClient } from '../../api/grpc/generated/ventros/memory/v1/memory';
import type { Database } from '../../core/database';
import { createLocalMediaStore } from '../../core/media/store';
import { bagOfWords } from '../memory/bag-of-words';
import { edgeDeps } from '../support/edge-deps';

export const TEST_MODEL = 'test-bag-of-words';

export interface RunningServer {
  port: number;
  address: string;
  client: MemoryServiceClient;
  /** What the service's ports were asked. */
  extractions: { tenantId: string; messageId: string; timeoutMs: number }[];
  stop(): Promise<void>;
}

/** The real server on a free port, with a deterministic embedder and an extraction that finds what `facts` says. */
export async function startServer(
  db: Database,
  overrides: Partial<GrpcServerDeps> = {},
  settings: Partial<GrpcSettings> = {},
): Promise<RunningServer> {
  const mediaDir = await mkdtemp(path.join(tmpdir(), 'ventros-grpc-'));
  const extractions: RunningServer['extractions'] = [];
  const server = createGrpcServer(
    {
      ...edgeDeps(db),
      mediaStore: createLocalMediaStore(mediaDir),
      embeddingModel: { provider: 'test', model: TEST_MODEL },
      embedQuery: async (_tenantId, text) => ({ vector: bagOfWords(text), model: TEST_MODEL }),
      rerankTexts: null,
      extractFacts: async ({ tenantId, messageId, timeoutMs }) => {
        extractions.push({ tenantId, messageId, timeoutMs });
        return [];
      },
      ...overrides,
    },
    { callsPerSecond: 1_000, tls: null, ...settings },
  );
  const port = await server.start('127.0.0.1', 0);
  const address = `127.0.0.1:${port}`;
  const client = new MemoryServiceClient(address, credentials.createInsecure());
  return {
    port,
    address,
    client,
    extractions,
    async stop() {
      client.close();
      await server.drain();
      await rm(mediaDir, { recursive: true });
    },
  };
}

export function withKey(apiKey: string): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${apiKey}`);
  return metadata;
}

type Method<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: { deadline: number },
  callback: (error: ServiceError | null, response: Response) => void,
) => unknown;

/** One call as a promise, with a deadline as every client should have. */
export function ask<Request, Response>(
  method: Method<Request, Response>,
  {
    client,
    request,
    metadata,
    timeoutMs = 60_000,
  }: { client: Client; request: Request; metadata: Metadata; timeoutMs?: number },
): Promise<Response> {
  return new Promise((resolve, reject) => {
    method.call(client, request, metadata, { deadline: Date.now() + timeoutMs }, (error, response) => {
      if (error) reject(error);
      else resolve(response);
    });
  });
}

/** What `grpc-status-details-bin` says. */
export function errorDetails(error: unknown): {
  code: number;
  reason: string;
  domain: string;
  fields: string[];
  retryAfterMs: number | null;
} {
  const metadata = error instanceof Error && 'metadata' in error ? error.metadata : undefined;
  if (!(metadata instanceof Metadata)) throw new Error('no gRPC error');
  const [bytes] = metadata.get('grpc-status-details-bin');
  if (!Buffer.isBuffer(bytes)) throw new Error('no status details');
  const status = Status.decode(bytes);
  const info = status.details.find(({ typeUrl }) => typeUrl.endsWith('/google.rpc.ErrorInfo'));
  const bad = status.details.find(({ typeUrl }) => typeUrl.endsWith('/google.rpc.BadRequest'));
  const { reason, domain } = ErrorInfo.decode(info?.value ?? new Uint8Array());
  const fields = bad ? BadRequest.decode(bad.value).fieldViolations.map(({ field }) => field) : [];
  const retry = status.details.find(({ typeUrl }) => typeUrl.endsWith('/google.rpc.RetryInfo'));
  const delay = retry && RetryInfo.decode(retry.value).retryDelay;
  const retryAfterMs = delay ? delay.seconds * 1000 + delay.nanos / 1_000_000 : null;
  return { code: status.code, reason, domain, fields, retryAfterMs };
}
