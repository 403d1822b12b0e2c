import { Client } from 'pg';
import type { Database } from '../../../core/database';
import { searchMemory, vectorLiteral, type SearchResult } from '../../../core/memory';
import { vectorLeg } from '../../../core/memory/search/legs/vector';
import { wholeTenant } from '../../../core/memory/search/whole-tenant';
import { percentile } from '../percentiles';
import type { BenchQuestion } from './questions';
import { unfiltered } from './unfiltered';
import { MODEL } from './world';

export interface Latency {
  p50Ms: number;
  p95Ms: number;
}

export const TOP_K = 10;
const WARM_UP = 20;

/** The time of each question, one after the other; the first ones warm up and are asked again. */
export async function latencyOf(
  questions: readonly BenchQuestion[],
  ask: (question: BenchQuestion) => Promise<unknown>,
): Promise<Latency> {
  for (const question of questions.slice(0, WARM_UP)) await ask(question);
  const latenciesMs: number[] = [];
  for (const question of questions.slice(WARM_UP)) {
    const startedAt = performance.now();
    await ask(question);
    latenciesMs.push(performance.now() - startedAt);
  }
  const sorted = latenciesMs.sort((a, b) => a - b);
  return { p50Ms: percentile(sorted, 0.5), p95Ms: percentile(sorted, 0.95) };
}

export function askProduct(db: Database, scope: 'contact' | 'tenant') {
  return ({ tenantId, contactId, query, vector }: BenchQuestion): Promise<SearchResult> =>
    searchMemory(db, {
      tenantId,
      contactId: scope === 'contact' ? contactId : null,
      query,
      queryVector: { vector, model: MODEL },
      topK: TOP_K,
      strategy: 'hybrid',
    });
}

/** Bare pgvector on the same rows: a client of its own, no tenant isolation, a prepared statement, ids only. */
export async function withBareClient<T>(url: string, work: (bare: BareClient) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`set hnsw.iterative_scan = strict_order`);
    return await work({
      contact: ({ tenantId, contactId, vector }) =>
        client.query({
          name: 'contact',
          text: `select document_id from memory_embeddings where tenant_id = $1 and contact_id = $2
                 order by embedding::vector(768) <=> $3::vector limit $4`,
          values: [tenantId, contactId, vectorLiteral(vector), TOP_K],
        }),
      tenant: ({ tenantId, vector }) =>
        client.query({
          name: 'tenant',
          text: `select document_id from memory_embeddings where tenant_id = $1 and dimensions = 768
                 order by embedding::vector(768) <=> $2::vector limit $3`,
          values: [tenantId, vectorLiteral(vector), TOP_K],
        }),
      async exact({ tenantId, vector }) {
        const { rows } = await client.query<{ id: string }>(
          `with compared as materialized (
             select document_id, embedding <=> $2::vector as distance from memory_embeddings where tenant_id = $1)
           select document_id::text as id from compared order by distance limit $3`,
          [tenantId, vectorLiteral(vector), TOP_K],
        );
        return rows.map(({ id }) => id);
      },
    });
  } finally {
    await client.end();
  }
}

export interface BareClient {
  contact(question: BenchQuestion): Promise<unknown>;
  tenant(question: BenchQuestion): Promise<unknown>;
  /** The true neighbours. */
  exact(question: BenchQuestion): Promise<string[]>;
}

/** Of the true ten neighbours within the tenant, the share that the product's vector leg finds, and how often it gave fewer than ten. */
export async function recallOf(
  questions: readonly BenchQuestion[],
  { db, bare }: { db: Database; bare: BareClient },
): Promise<{ recallAt10: number; answersWithFewer: number }> {
  let found = 0;
  let possible = 0;
  let answersWithFewer = 0;
  for (const question of questions) {
    const truth = await bare.exact(question);
    const { tenantId, vector } = question;
    const hits = await db.withTenant(tenantId, async (tx) => {
      const scope = unfiltered(tenantId, null);
      const tenant = await wholeTenant(tx, scope);
      return vectorLeg(tx, scope, { vector, model: MODEL, floor: -1, limit: TOP_K, tenant });
    });
    const ids = new Set(hits.slice(0, TOP_K).map(({ id }) => id));
    found += truth.filter((id) => ids.has(id)).length;
    possible += truth.length;
    if (ids.size < truth.length) answersWithFewer += 1;
  }
  return { recallAt10: Math.round((1000 * found) / possible) / 1000, answersWithFewer };
}
