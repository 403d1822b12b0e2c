import {
  CONTEXT_DEFAULTS,
  CONTEXT_LIMITS,
  CONTEXT_TEXT_CHARACTERS,
  DEFAULT_MIN_RELEVANCE,
  EMPTY_REASONS,
  FUSIONS,
  getContactContext,
  LEGS,
  MEMORY_SOURCES,
  SEARCH_STRATEGIES,
  searchMemory,
  type SearchRequest,
} from '../../core/memory';
import type { EdgeDeps } from './edge';
import { factSchema } from './facts';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, timestamp, uuid, z } from './zod';

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
          distance: z.number().int().optional(),
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
    total_results: z
      .number()
      .int()
      .openapi({
        description:
          'How many documents were ranked and reach the minimum, of which the results are the first top_k. No count of all that is ' +
          'stored about it: words bring at most 400, vectors and the graph 100 or twice top_k each, and beside these count the messages around them',
      }),
    is_cached: z.boolean().openapi({
      description: 'An earlier answer to the same question about the contact, about whom nothing was written since',
    }),
    duration_ms: z.number().int(),
  })
  .openapi('MemoryResult');

const most = (part: keyof typeof CONTEXT_LIMITS) =>
  z.number().int().min(0).max(CONTEXT_LIMITS[part]).default(CONTEXT_DEFAULTS[part]);

const contextBody = z
  .object({
    query: z.string().trim().min(1).max(4096).optional().openapi({
      description: 'What is talked about now; without it no memories are searched',
    }),
    max_facts: most('facts'),
    max_messages: most('messages'),
    max_sessions: most('sessions'),
    max_memories: most('memories'),
    strategy: z.enum(SEARCH_STRATEGIES).exclude(['custom']).default('hybrid'),
  })
  .strict()
  .openapi('ContactContextQuery');

const contextSchema = z
  .object({
    facts: z.array(factSchema),
    messages: z
      .array(
        z.object({
          id: uuid(),
          session_id: uuid(),
          from_me: z.boolean(),
          speaker: z.string().nullable(),
          content_type: z.string(),
          text: z.string().openapi({ description: `Up to ${CONTEXT_TEXT_CHARACTERS} characters` }),
          is_cut: z.boolean(),
          sent_at: timestamp(),
        }),
      )
      .openapi({ description: 'The last ones, oldest first' }),
    sessions: z.array(
      z.object({
        session_id: uuid(),
        started_at: timestamp(),
        ended_at: timestamp().nullable(),
        summary: z.string(),
        topics: z.array(z.string()),
        sentiment: z.string(),
        outcome: z.string(),
        resolved: z.boolean(),
        next_steps: z.array(z.string()),
      }),
    ),
    memories: resultSchema.nullable().openapi({
      description: 'What fits the query, without the messages above; null without a query',
    }),
  })
  .openapi('ContactContext');

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
    route({
      method: 'post',
      path: '/api/v1/contacts/{id}/memory/context',
      tag: 'memory',
      summary: 'What to know about a contact before answering',
      description: 'Facts, the last messages, summaries of sessions and what fits the query, in one bounded answer.',
      scope: 'memory.view',
      params: idParams,
      body: contextBody,
      response: { status: 200, description: 'What is known', body: contextSchema },
      async handler({ caller: { tenantId }, params, body }) {
        const query = body.query ?? null;
        const { facts, messages, sessions, memories } = await getContactContext(db, {
          tenantId,
          contactId: params.id,
          query,
          queryVector: () => embedQuery(tenantId, query ?? ''),
          strategy: body.strategy,
          limits: {
            facts: body.max_facts,
            messages: body.max_messages,
            sessions: body.max_sessions,
            memories: body.max_memories,
          },
        });
        return {
          facts: facts.map(present),
          messages: messages.map(present),
          sessions: sessions.map(present),
          memories: memories && { ...present(memories), results: memories.results.map(present) },
        };
      },
    }),
  ];
}
