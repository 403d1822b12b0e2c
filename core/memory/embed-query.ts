import { errorMessage, isAppError } from '../errors';
import type { Ledger } from '../money/ledger';
import { paidCall } from '../money/paid-call';
import { tokenUpperBound } from '../money/token-bound';
import type { CostSubject } from '../money/types';
import { callTarget, type CallPolicy } from '../providers/policy';
import { activeEmbeddings, type EmbeddingModels } from './active-model';
import type { QueryVector } from './types';

export interface EmbedQueryDeps extends EmbeddingModels {
  ledger: Ledger;
  callPolicy: CallPolicy;
}

/** The vector of a search query, or why there is none. A provider that is down degrades the search and does not fail it. */
export async function embedQuery(
  deps: EmbedQueryDeps,
  {
    tenantId,
    text,
    activityKey,
    subject,
  }: { tenantId: string; text: string; activityKey: string; subject: CostSubject },
  signal: AbortSignal,
): Promise<QueryVector> {
  const { db, ledger, callPolicy } = deps;
  try {
    const { embeddings } = await activeEmbeddings(deps, tenantId);
    const vector = await paidCall(
      { db, ledger },
      {
        tenantId,
        activityKey,
        provider: embeddings.name,
        model: embeddings.model,
        operation: 'embedding',
        purpose: 'reply',
        subject,
        upperBound: { inputTokens: tokenUpperBound(text) },
      },
      {
        call: () =>
          callPolicy.run(callTarget(embeddings, 'query_embeddings'), signal, (options) =>
            embeddings.embed({ texts: [text], task: 'query' }, options),
          ),
        store: (_tx, { vectors }) => Promise.resolve(vectors[0]),
      },
    );
    return vector ? { vector, model: embeddings.model } : { vector: null, reason: 'MODEL_OUTPUT_INVALID' };
  } catch (error) {
    if (!isAppError(error) || error.code === 'DATABASE_ERROR') throw error;
    return { vector: null, reason: `${error.code}: ${errorMessage(error)}` };
  }
}
