import { errorMessage, isAppError } from '../errors';
import type { Ledger } from '../money/ledger';
import { paidCallFor, type Purchase } from '../money/paid-call';
import { tokenUpperBound } from '../money/token-bound';
import type { CostSubject } from '../money/types';
import { callTarget, type CallPolicy } from '../providers/policy';
import type { ProviderResult } from '../providers/ports';
import { activeEmbeddings, modelOf, type EmbeddingModels } from './active-model';
import type { QueryVector } from './types';

type Embedded = ProviderResult & { vectors: number[][] };

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
  try {
    // The model is looked up in the transaction that reserves: a search waits for one fewer.
    const answer = await paidCallFor(deps, {
      tenantId,
      read: async (tx): Promise<Purchase<Embedded, { vector: number[] | undefined; model: string }>> => {
        const { embeddings } = await activeEmbeddings(tx, tenantId, deps);
        return {
          reservation: {
            tenantId,
            activityKey,
            provider: embeddings.name,
            model: embeddings.model,
            operation: 'embedding',
            purpose: 'reply',
            subject,
            upperBound: { inputTokens: tokenUpperBound(text) },
          },
          steps: {
            call: () =>
              deps.callPolicy.run(callTarget(embeddings, 'query_embeddings'), signal, (options) =>
                embeddings.embed({ texts: [text], task: 'query' }, options),
              ),
            store: (_tx, { vectors }) => Promise.resolve({ vector: vectors[0], model: modelOf(embeddings).model }),
          },
        };
      },
    });
    return answer.vector
      ? { vector: answer.vector, model: answer.model }
      : { vector: null, reason: 'MODEL_OUTPUT_INVALID' };
  } catch (error) {
    if (!isAppError(error) || error.code === 'DATABASE_ERROR') throw error;
    return { vector: null, reason: `${error.code}: ${errorMessage(error)}` };
  }
}
