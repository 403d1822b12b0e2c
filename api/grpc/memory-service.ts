import type { EmbeddingModel } from '../../core/providers/ports';
import {
  addFact,
  assertCustomerMessage,
  getContactFacts,
  getFactsById,
  invalidateFact,
  searchMemory,
  storeExternalEmbedding,
  withinDeadline,
  type SearchRequest,
} from '../../core/memory';
import type { EmbedQuery, ExtractFacts, RerankTexts } from '../deps';
import { contextMethods } from './context-methods';
import { importMethods, type ImportDeps } from './import-methods';
import type { MemoryServiceServer } from './generated/ventros/memory/v1/memory';
import { presentFact, presentSearch } from './present';
import { embedWithin } from './query-vector';
import {
  addFactRequest,
  extractFactsRequest,
  getContactFactsRequest,
  invalidateFactRequest,
  readRequest,
  searchMemoryRequest,
  storeEmbeddingRequest,
  type SearchFilters,
} from './requests';
import { DATABASE_LIMIT_MS, type CallContext } from './serve';
import { readFusion, readStrategy } from './strategies';
import { unary } from './unary';

export interface MemoryServiceDeps extends ImportDeps {
  /** The model of the configured embedder: that of a stored vector which names none. */
  embeddingModel: EmbeddingModel;
  embedQuery: EmbedQuery;
  /** Null without a reranker. */
  rerankTexts: RerankTexts | null;
  extractFacts: ExtractFacts;
}

const EXTRACTION_LIMIT_MS = 60_000;
/** Kept back from a wait, so that our own answer arrives before the client's clock ends the call. */
const ANSWER_MARGIN_MS = 50;

export function memoryService(deps: MemoryServiceDeps): MemoryServiceServer {
  return {
    ...contextMethods(deps),
    ...importMethods(deps),

    searchMemory: unary(deps, {
      scope: 'memory.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, context) {
        const strategy = readStrategy(request.strategy);
        const input = readRequest(searchMemoryRequest, {
          query: request.query,
          contact_id: request.contactId,
          session_id: request.sessionId,
          top_k: request.topK,
          filters: request.filters,
          metadata: request.metadata,
          weights: request.weights,
        });
        const found = await searchMemory(deps.db, {
          tenantId: context.tenantId,
          query: input.query,
          queryVector: () => embedWithin(deps, request.query, context),
          contactId: input.contact_id,
          sessionId: input.session_id,
          topK: input.top_k,
          strategy,
          fusion: readFusion(request.fusion),
          ...rerankOf(deps, request.rerank, context),
          ...(Object.keys(input.weights).length > 0 ? { weights: input.weights } : {}),
          ...(request.minRelevance === undefined ? {} : { minRelevance: request.minRelevance }),
          ...filtersOf(input.filters, input.metadata),
          timeoutMs: context.deadline.remainingMs(),
        });
        return presentSearch(found);
      },
    }),

    storeEmbedding: unary(deps, {
      scope: 'memory.manage',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const input = readRequest(storeEmbeddingRequest, {
          contact_id: request.contactId,
          session_id: request.sessionId,
          message_id: request.messageId,
          content_type: request.contentType,
          content_text: request.contentText,
          embedding: request.embedding,
          metadata: request.metadata,
        });
        const embeddingId = await withinDeadline(deps.db, tenantId, deadline, (tx) =>
          storeExternalEmbedding(tx, tenantId, {
            contactId: input.contact_id,
            sessionId: input.session_id,
            messageId: input.message_id,
            contentType: input.content_type,
            contentText: input.content_text,
            embedding: input.embedding,
            model: input.metadata['model'] || null,
            configured: deps.embeddingModel,
            metadata: input.metadata,
          }),
        );
        return { embeddingId, success: true };
      },
    }),

    extractFacts: unary(deps, {
      scope: 'memory.manage',
      maxDurationMs: EXTRACTION_LIMIT_MS,
      async handle(request, context) {
        const input = readRequest(extractFactsRequest, {
          message_id: request.messageId,
          message_content: request.messageContent,
        });
        await withinDeadline(deps.db, context.tenantId, context.deadline, (tx) =>
          assertCustomerMessage(tx, context.tenantId, input.message_id),
        );
        const factIds = await deps.extractFacts({
          tenantId: context.tenantId,
          messageId: input.message_id,
          content: input.message_content,
          timeoutMs: Math.max(1, context.deadline.remainingMs() - ANSWER_MARGIN_MS),
          signal: context.signal,
        });
        const facts = await withinDeadline(deps.db, context.tenantId, context.deadline, (tx) =>
          getFactsById(tx, context.tenantId, factIds),
        );
        return { facts: facts.map(presentFact) };
      },
    }),

    getContactFacts: unary(deps, {
      scope: 'memory.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const input = readRequest(getContactFactsRequest, {
          contact_id: request.contactId,
          fact_types: request.factTypes,
          as_of: request.asOf,
        });
        const facts = await withinDeadline(deps.db, tenantId, deadline, (tx) =>
          getContactFacts(tx, tenantId, {
            contactId: input.contact_id,
            types: input.fact_types,
            ...(input.as_of ? { asOf: input.as_of } : {}),
          }),
        );
        return { facts: facts.map(presentFact) };
      },
    }),

    addFact: unary(deps, {
      scope: 'memory.manage',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, userId, deadline }) {
        const input = readRequest(addFactRequest, {
          contact_id: request.contactId,
          fact_type: request.factType,
          fact_text: request.factText,
          subject: request.subject,
          valid_from: request.validFrom,
          valid_to: request.validTo,
          reason: request.reason,
        });
        const fact = await withinDeadline(deps.db, tenantId, deadline, (tx) =>
          addFact(tx, tenantId, {
            contactId: input.contact_id,
            type: input.fact_type,
            text: input.fact_text,
            ...(input.subject ? { subject: input.subject } : {}),
            ...(input.valid_from ? { validFrom: input.valid_from } : {}),
            ...(input.valid_to ? { validTo: input.valid_to } : {}),
            reason: input.reason,
            actor: { by: 'user', user_id: userId },
          }),
        );
        return { fact: presentFact(fact) };
      },
    }),

    invalidateFact: unary(deps, {
      scope: 'memory.manage',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, userId, deadline }) {
        const input = readRequest(invalidateFactRequest, { fact_id: request.factId, reason: request.reason });
        const fact = await withinDeadline(deps.db, tenantId, deadline, (tx) =>
          invalidateFact(tx, tenantId, {
            factId: input.fact_id,
            reason: input.reason,
            actor: { by: 'user', user_id: userId },
          }),
        );
        return { fact: presentFact(fact) };
      },
    }),
  };
}

function rerankOf(
  { rerankTexts }: MemoryServiceDeps,
  isReranked: boolean | undefined,
  { tenantId, signal }: CallContext,
): Pick<SearchRequest, 'rerank' | 'isReranked'> {
  return {
    ...(rerankTexts ? { rerank: (of) => rerankTexts(tenantId, of, { signal }) } : {}),
    ...(isReranked === undefined ? {} : { isReranked }),
  };
}

function filtersOf(
  { source, type, since, until, metadata: texts }: SearchFilters,
  values: Record<string, unknown> = {},
) {
  const metadata = { ...texts, ...values };
  return {
    ...(source ? { sources: source } : {}),
    ...(type ? { types: type } : {}),
    ...(since ? { since } : {}),
    ...(until ? { until } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
  };
}
