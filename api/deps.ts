import type { Config } from '../core/config';
import type { Database } from '../core/database';
import type { Logger } from '../core/logging/logger';
import type { GuardedFetch } from '../core/media/guarded-fetch';
import type { MediaStore } from '../core/media/store';
import type { QueryVector, Reranking } from '../core/memory/types';
import type { PriceTable } from '../core/money/price-table';
import type { EmbeddingModel } from '../core/providers/ports';
import type { CallPolicy } from '../core/providers/policy';
import type { ToolDeps } from '../core/tools/types';
import type { SecretBox } from '../core/security/secret-box';
import type { WorkflowGateway } from './http/workflow-gateway';

/** What the edge (HTTP and gRPC) is made of. */
export interface ApiDeps {
  config: Config;
  db: Database;
  logger: Logger;
  secretBox: SecretBox;
  mediaStore: MediaStore;
  guardedFetch: GuardedFetch;
  /** Temporal. The API starts and serves without it. */
  workflows: WorkflowGateway;
  /** The model of the configured embedder. */
  embeddingModel: EmbeddingModel;
  embedQuery: EmbedQuery;
  /** Null without a reranker. */
  rerankTexts: RerankTexts | null;
  extractFacts: ExtractFacts;
  /** Breakers and bulkheads of the calls that requests wait for. */
  callPolicy: CallPolicy;
  /** Of the models, read again when its file changes. */
  prices: PriceTable;
  tools: ToolDeps;
  /** True once the process was asked to stop: not ready any more, but still answering what is under way. */
  isDraining(): boolean;
}

/** The order of texts by what they answer, or the reason there is none, so that the search keeps its own. */
export type RerankTexts = (
  tenantId: string,
  of: { query: string; texts: string[]; topN: number; timeoutMs: number },
  options?: { signal?: AbortSignal },
) => Promise<Reranking>;

/** The vector of a question, or the reason there is none, so that the search goes on without. */
export type EmbedQuery = (
  tenantId: string,
  text: string,
  options?: { signal?: AbortSignal; timeoutMs?: number },
) => Promise<QueryVector>;

/**
 * Extracts the facts of one stored message by its workflow and waits for it.
 *
 * @param request.content what the caller believes the message says; null if it does not say.
 * @returns the ids of the facts.
 * @throws AppError NOT_FOUND, VALIDATION_ERROR (another content than the stored one), WORKFLOWS_UNAVAILABLE, TIMEOUT
 */
export type ExtractFacts = (request: {
  tenantId: string;
  messageId: string;
  content: string | null;
  timeoutMs: number;
  signal: AbortSignal;
}) => Promise<string[]>;
