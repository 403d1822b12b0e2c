import type { Tx } from '../database';
import type { Ledger } from '../money/ledger';
import { paidCallFor, type Purchase } from '../money/paid-call';
import { tokenUpperBound } from '../money/token-bound';
import type { CostSubject } from '../money/types';
import { callTarget, type CallPolicy } from '../providers/policy';
import type { EmbeddingProvider, ProviderResult } from '../providers/ports';
import { activeEmbeddings, modelOf, type EmbeddingModels } from './active-model';
import type { QueryVector } from './types';
import { whyWithout } from './why-without';

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
  const embed = (embeddings: EmbeddingProvider) => embedWith(deps, embeddings, { text, signal });
  try {
    const ours = await embeddingsOfOurs(deps, tenantId);
    // Nothing is bought, so the ledger has nothing to keep, and the search does not wait for the disk.
    if (ours) return queryVector(ours, await embed(ours));
    // The model is looked up in the transaction that reserves: a search waits for one fewer.
    return await paidCallFor(deps, {
      tenantId,
      read: async (tx): Promise<Purchase<Embedded, QueryVector>> => {
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
            call: () => embed(embeddings),
            store: (_tx, answer) => Promise.resolve(queryVector(embeddings, answer)),
          },
        };
      },
    });
  } catch (error) {
    return { vector: null, reason: whyWithout(error, signal) };
  }
}

/** The same where the caller knows that this process makes what the tenant's searches compare: the database is not asked. */
export async function embedHere(
  { embeddings, callPolicy }: Pick<EmbedQueryDeps, 'embeddings' | 'callPolicy'>,
  text: string,
  signal: AbortSignal,
): Promise<QueryVector> {
  try {
    return queryVector(embeddings, await embedWith({ callPolicy }, embeddings, { text, signal }));
  } catch (error) {
    return { vector: null, reason: whyWithout(error, signal) };
  }
}

function embedWith(
  { callPolicy }: Pick<EmbedQueryDeps, 'callPolicy'>,
  embeddings: EmbeddingProvider,
  { text, signal }: { text: string; signal: AbortSignal },
): Promise<Embedded> {
  return callPolicy.run(callTarget(embeddings, 'query_embeddings'), signal, (options) =>
    embeddings.embed({ texts: [text], task: 'query' }, options),
  );
}

/** What the tenant's searches compare, where that is made in this process. Null when vectors of another model are in use. */
async function embeddingsOfOurs(deps: EmbeddingModels, tenantId: string): Promise<EmbeddingProvider | null> {
  if (!deps.embeddings.isOurs) return null;
  const read = (tx: Tx) => activeEmbeddings(tx, tenantId, deps);
  const { embeddings } = await deps.db.withTenant(tenantId, read, { isReadOnly: true });
  return embeddings.isOurs ? embeddings : null;
}

function queryVector(embeddings: EmbeddingProvider, { vectors: [vector] }: Embedded): QueryVector {
  return vector ? { vector, model: modelOf(embeddings).model } : { vector: null, reason: 'MODEL_OUTPUT_INVALID' };
}
