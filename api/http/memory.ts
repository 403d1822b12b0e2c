import {
  DEFAULT_MIN_RELEVANCE,
  EMPTY_REASONS,
  FUSIONS,
  LEGS,
  MEMORY_SOURCES,
  SEARCH_STRATEGIES,
  searchMemory,
  type SearchRequest,
} from '../../core/memory';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { timestamp, uuid, z } from './zod';

const searchBody = z
  .object({
    query: z.string().trim().min(1).max(4096),
    contact_id: uuid().optional(),
    session_id: uuid().optional(),
    top_k: z.number().int().min(1).max(100).default(10),
    strategy: z.enum(SEARCH_STRATEGIES).default('hybrid'),
    weights: z
      .partialRecord(z.enum(LEGS), z.number().min(0))
      .optional()
      .openapi({ description: 'With the strategy custom: shares of the legs, which sum to 1 or to 100' }),
    fusion: z.enum(FUSIONS).default('scores'),
    rerank: z.boolean().optional().openapi({
      description: 'Instead of what the strategy says; without a configured reranker neither does anything',
    }),
    min_relevance: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .openapi({
        description: `Hits of less relevance are left out. Without it all are, if the best has less than ${DEFAULT_MIN_RELEVANCE}`,
      }),
    sources: z.array(z.enum(MEMORY_SOURCES)).min(1).optional(),
    types: z
      .array(z.string().max(50))
      .min(1)
      .max(50)
      .optional()
      .openapi({ description: 'Content types of messages and documents, fact types of facts' }),
    since: z.iso.datetime({ offset: true }).optional(),
    until: z.iso.datetime({ offset: true }).optional(),
    metadata: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .openapi({ description: 'What the metadata of a hit must hold' }),
  })
  .strict()
  .openapi('MemoryQuery');

const hitSchema = z
  .object({
    content: z.string(),
    score: z.number().openapi({ description: '0 to 1 within this answer' }),
    rerank_score: z.number().optional().openapi({ description: 'Of the reranker, when one put the answer in order' }),
    relevance: z.number().nullable().openapi({
      description:
        '0 to 1, comparable between queries: how often such a hit answers its question. Null where no leg can tell',
    }),
    source: z.enum(MEMORY_SOURCES),
    source_id: uuid(),
    contact_id: uuid().nullable(),
    session_id: uuid().nullable(),
    occurred_at: timestamp(),
    metadata: z.record(z.string(), z.unknown()),
    legs: z
      .array(
        z.object({
          leg: z.string(),
          rank: z.number().int(),
          score: z.number(),
          signals: z.array(z.string()),
          matched: z.array(z.string()).optional(),
        }),
      )
      .openapi({ description: 'Why it is here: place and raw score in each leg that found it' }),
  })
  .openapi('MemoryHit');

const resultSchema = z
  .object({
    results: z.array(hitSchema),
    empty_reason: z
      .enum(EMPTY_REASONS)
      .nullable()
      .openapi({ description: 'Why there are no results, as far as the legs that ran can tell' }),
    degraded: z.array(z.string()).openapi({ description: 'Legs that could not run, and rerank when that failed' }),
    degraded_reasons: z.array(z.string()),
    strategy_used: z.string(),
    total_results: z.number().int(),
    is_cached: z.boolean().openapi({
      description: 'An earlier answer to the same question about the contact, about whom nothing was written since',
    }),
    duration_ms: z.number().int(),
  })
  .openapi('MemoryResult');

function filtersOf(body: z.output<typeof searchBody>): Partial<SearchRequest> {
  const { weights, min_relevance: minRelevance, sources, types, since, until, metadata } = body;
  return {
    ...(weights ? { weights } : {}),
    ...(minRelevance === undefined ? {} : { minRelevance }),
    ...(sources ? { sources } : {}),
    ...(types ? { types } : {}),
    ...(since ? { since: new Date(since) } : {}),
    ...(until ? { until: new Date(until) } : {}),
    ...(metadata ? { metadata } : {}),
  };
}

export function memoryRoutes({ db, embedQuery, rerankTexts }: EdgeDeps): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/v1/memory/search',
      tag: 'memory',
      summary: 'Search what was said and what is known',
      description: 'Empty results say in `empty_reason` whether nothing is stored or nothing of it is relevant.',
      scope: 'memory.view',
      body: searchBody,
      response: { status: 200, description: 'The best hits', body: resultSchema },
      async handler({ caller: { tenantId }, body }) {
        const found = await searchMemory(db, {
          tenantId,
          query: body.query,
          queryVector: () => embedQuery(tenantId, body.query),
          contactId: body.contact_id ?? null,
          sessionId: body.session_id ?? null,
          topK: body.top_k,
          strategy: body.strategy,
          fusion: body.fusion,
          ...(rerankTexts ? { rerank: (of) => rerankTexts(tenantId, of) } : {}),
          ...(body.rerank === undefined ? {} : { isReranked: body.rerank }),
          ...filtersOf(body),
        });
        return { ...present(found), results: found.results.map(present) };
      },
    }),
  ];
}
