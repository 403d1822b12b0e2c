import type { MemoryPipelineDeps } from '../core/memory/pipeline-deps';
import { dropOldVectors, endReembedding, reembedNext, switchModel } from '../core/memory/reembedding/reembed';
import type { ReembeddingRef } from '../core/memory/reembedding/types';
import { asActivities, currentAttempt } from './support';

export function createReembeddingActivities(deps: MemoryPipelineDeps) {
  return asActivities({
    reembedNext: (ref: ReembeddingRef) => reembedNext(deps, ref, currentAttempt()),
    switchModel: (ref: ReembeddingRef) => switchModel(deps, ref),
    dropOldVectors: (ref: ReembeddingRef) => dropOldVectors(deps, ref),
    endReembedding: (of: ReembeddingRef & { errorCode?: string }) => endReembedding(deps, of),
  });
}

export type ReembeddingActivities = ReturnType<typeof createReembeddingActivities>;
