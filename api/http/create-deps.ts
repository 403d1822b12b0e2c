import type { Config } from '../../core/config';
import { getMessage } from '../../core/crm/messages';
import { createDatabase } from '../../core/database';
import { AppError } from '../../core/errors';
import { newId } from '../../core/ids';
import type { Logger } from '../../core/logging/logger';
import { createGuardedFetch } from '../../core/media/guarded-fetch';
import { createLocalMediaStore } from '../../core/media/store';
import { embedQuery, type EmbedQueryDeps } from '../../core/memory/embed-query';
import { rerankTexts, type RerankDeps } from '../../core/memory/rerank-texts';
import { createLedger } from '../../core/money/ledger';
import { loadPrices } from '../../core/money/price-table';
import { createObservedPolicy } from '../../core/observability/calls';
import { expectedCalls } from '../../core/providers/expected-calls';
import { modelOf } from '../../core/memory/active-model';
import { createProviders } from '../../core/providers/create-providers';
import { createSecretBox } from '../../core/security/secret-box';
import type { ToolDeps } from '../../core/tools/types';
import type { ApiDeps, EmbedQuery, ExtractFacts, RerankTexts } from '../deps';
import { createWorkflowGateway } from './workflow-gateway';

/** Without a deadline of the caller's. The embedder has a shorter limit of its own. */
const EMBEDDING_LIMIT_MS = 10_000;

/** Of the time that is left for a search. */
const RERANK_SHARE = 0.8;

/** Whoever asks while the database does not answer is told so within five seconds. */
const DATABASE_WAIT_MS = 4_000;

/** Everything the edge uses, from the configuration. Connects to nothing yet. */
export function createApiDeps(config: Config, logger: Logger, process: { isDraining(): boolean }): ApiDeps {
  const db = createDatabase({
    url: config.DATABASE_URL,
    maxConnections: config.DATABASE_MAX_CONNECTIONS,
    waitMs: DATABASE_WAIT_MS,
    preparedStatements: config.DATABASE_PREPARED_STATEMENTS,
  });
  const providers = createProviders(config, { logger });
  const { embeddings, embeddingsOf, reranker } = providers;
  const mediaStore = createLocalMediaStore(config.MEDIA_DIR);
  const guardedFetch = createGuardedFetch({ allowedPrivateHosts: config.ALLOWED_PRIVATE_HOSTS });
  const workflows = createWorkflowGateway({ address: config.TEMPORAL_ADDRESS, namespace: config.TEMPORAL_NAMESPACE });
  const callPolicy = createObservedPolicy(logger, { expected: expectedCalls(config, 'api') });
  const prices = loadPrices({ file: config.PRICES_FILE, logger });
  const ledger = createLedger(prices);
  const tools: ToolDeps = {
    ...{ config, db, ledger, embeddings, embeddingsOf, callPolicy },
    ...{ providers, mediaStore, guardedFetch },
  };
  return {
    config,
    db,
    logger,
    workflows,
    secretBox: createSecretBox(config.ENCRYPTION_KEY),
    mediaStore,
    guardedFetch,
    embeddingModel: modelOf(embeddings),
    embedQuery: queryEmbedder(tools),
    rerankTexts: reranker && textReranker({ db, ledger, reranker, callPolicy }),
    tools,
    extractFacts: factExtractor({ db, workflows }),
    callPolicy,
    prices,
    isDraining: () => process.isDraining(),
  };
}

function queryEmbedder(deps: EmbedQueryDeps): EmbedQuery {
  return (tenantId, text, { signal, timeoutMs = EMBEDDING_LIMIT_MS } = {}) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const stop = signal ? AbortSignal.any([signal, timeout]) : timeout;
    // A search is one call and is not retried, so a key of its own is right.
    return embedQuery(deps, { tenantId, text, activityKey: `api:query:${newId()}`, subject: {} }, stop);
  };
}

function textReranker(deps: RerankDeps): RerankTexts {
  return (tenantId, { timeoutMs, ...of }, { signal } = {}) => {
    // Less a margin, so that the answer without it is still in time.
    const timeout = AbortSignal.timeout(Math.max(1, Math.floor(timeoutMs * RERANK_SHARE)));
    const stop = signal ? AbortSignal.any([signal, timeout]) : timeout;
    return rerankTexts(deps, { tenantId, ...of, activityKey: `api:rerank:${newId()}`, subject: {} }, stop);
  };
}

function factExtractor({ db, workflows }: Pick<ApiDeps, 'db' | 'workflows'>): ExtractFacts {
  return async ({ content, ...request }) => {
    const { tenantId, messageId } = request;
    const message = await db.withTenant(tenantId, (tx) => getMessage(tx, tenantId, messageId));
    // Facts must lead back to what was really said, so the workflow reads the stored message and nothing else.
    if (content && content !== message.text && content !== message.enrichmentText) {
      const field = { field: 'message_content', message: 'must be empty or the text of the stored message' };
      throw new AppError('VALIDATION_ERROR', `${field.field} ${field.message}`, { fields: [field] });
    }
    return workflows.extractFacts({ ...request, contactId: message.contactId });
  };
}
