import type { Database } from '../database';
import type { Ledger } from '../money/ledger';
import { paidCall } from '../money/paid-call';
import { tokenUpperBound } from '../money/token-bound';
import type { CostSubject } from '../money/types';
import { callTarget, type CallPolicy } from '../providers/policy';
import type { Reranker } from '../providers/ports';
import type { Reranking } from './types';
import { whyWithout } from './why-without';

export interface RerankDeps {
  db: Database;
  ledger: Ledger;
  reranker: Reranker;
  callPolicy: CallPolicy;
}

/** Texts in a reranker's order, or why there is none. A provider that is down, or a spent budget, degrades the search and does not fail it. */
export async function rerankTexts(
  { db, ledger, reranker, callPolicy }: RerankDeps,
  {
    tenantId,
    query,
    texts,
    topN,
    activityKey,
    subject,
  }: { tenantId: string; query: string; texts: string[]; topN: number; activityKey: string; subject: CostSubject },
  signal: AbortSignal,
): Promise<Reranking> {
  try {
    const order = await paidCall(
      { db, ledger },
      {
        tenantId,
        activityKey,
        provider: reranker.name,
        model: reranker.model,
        operation: 'rerank',
        purpose: 'reply',
        subject,
        // The query is read again with each text.
        upperBound: {
          inputTokens: texts.reduce((sum, text) => sum + tokenUpperBound(query) + tokenUpperBound(text), 0),
        },
      },
      {
        call: () =>
          callPolicy.run(callTarget(reranker, 'rerank'), signal, (options) =>
            reranker.rerank({ query, documents: texts, topN }, options),
          ),
        store: (_tx, { results }) => Promise.resolve(results),
      },
    );
    return { order };
  } catch (error) {
    return { order: null, reason: whyWithout(error, signal) };
  }
}
