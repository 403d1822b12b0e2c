import { setTimeout as sleep } from 'node:timers/promises';
import { credentials, Metadata } from '@grpc/grpc-js';
import { createGrpcServer } from '../../../api/grpc/server';
import {
  Fusion,
  MemoryServiceClient,
  SearchStrategy,
  type SearchMemoryRequest,
} from '../../../api/grpc/generated/ventros/memory/v1/memory';
import type { Database } from '../../../core/database';
import { edgeDeps } from '../../../test/support/edge-deps';
import { percentile } from '../percentiles';
import { TOP_K, type Latency } from './measure';
import type { BenchQuestion } from './questions';
import { MODEL } from './world';

const DEADLINE_MS = 10_000;

/**
 * SearchMemory of contacts at a fixed rate, whatever earlier calls do, as the client sees it. Client and server are one process;
 * the embedder answers at once.
 */
export async function measureGrpc(
  db: Database,
  { apiKey, questions, ratePerSecond }: { apiKey: string; questions: readonly BenchQuestion[]; ratePerSecond: number },
): Promise<Latency & { calls: number; failed: number }> {
  const vectors = new Map(questions.map(({ query, vector }) => [query, vector]));
  const server = createGrpcServer(
    {
      ...edgeDeps(db),
      embeddingModel: { provider: 'bench', model: MODEL },
      embedQuery: async (_tenantId, text) => ({ vector: vectors.get(text) ?? [], model: MODEL }),
      rerankTexts: null,
      extractFacts: () => Promise.reject(new Error('not part of this benchmark')),
    },
    // The rate is that of the bench.
    { callsPerSecond: ratePerSecond * 10, tls: null },
  );
  const port = await server.start('127.0.0.1', 0);
  const client = new MemoryServiceClient(`127.0.0.1:${port}`, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${apiKey}`);
  const latenciesMs: number[] = [];
  let failed = 0;
  const call = async (question: BenchQuestion) => {
    const startedAt = performance.now();
    try {
      await search(client, metadata, question);
      latenciesMs.push(performance.now() - startedAt);
    } catch {
      // A call that fails is counted, not thrown: the rate goes on.
      failed += 1;
    }
  };
  try {
    for (const question of questions.slice(0, ratePerSecond)) await call(question);
    latenciesMs.length = 0;
    const startedAt = performance.now();
    const calls = questions.map(async (question, index) => {
      await sleep(Math.max(0, startedAt + (index * 1000) / ratePerSecond - performance.now()));
      await call(question);
    });
    await Promise.all(calls);
  } finally {
    client.close();
    await server.drain();
  }
  const sorted = latenciesMs.sort((a, b) => a - b);
  return { p50Ms: percentile(sorted, 0.5), p95Ms: percentile(sorted, 0.95), calls: questions.length, failed };
}

function search(
  client: MemoryServiceClient,
  metadata: Metadata,
  { contactId, query }: BenchQuestion,
): Promise<unknown> {
  const request: SearchMemoryRequest = {
    tenantId: '',
    query,
    contactId,
    sessionId: '',
    topK: TOP_K,
    filters: {},
    strategy: SearchStrategy.SEARCH_STRATEGY_HYBRID,
    weights: {},
    fusion: Fusion.FUSION_UNSPECIFIED,
    metadata: undefined,
  };
  return new Promise((resolve, reject) => {
    client.searchMemory(request, metadata, { deadline: Date.now() + DEADLINE_MS }, (error, response) => {
      if (error) reject(error);
      else resolve(response);
    });
  });
}
