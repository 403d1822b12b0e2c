import { embedImported } from '../core/memory/import/embed-import';
import { finishImport, type ImportEnd } from '../core/memory/import/finish-import';
import { countFacts, nextFactBatch, type FactPosition } from '../core/memory/import/import-facts';
import { storeFileLines, type ImportRef } from '../core/memory/import/store-file';
import { storeWahaHistory, type WahaImportDeps } from '../core/memory/import/store-waha';
import type { MemoryPipelineDeps } from '../core/memory/pipeline-deps';
import type { MediaStore } from '../core/media/store';
import { asActivities, currentAttempt } from './support';

/** How long one call works before the workflow hears of it. */
const BUDGET_MS = 30_000;

export function createHistoryImportActivities(deps: MemoryPipelineDeps & WahaImportDeps & { mediaStore: MediaStore }) {
  return asActivities({
    storeImportedFile: (ref: ImportRef) => storeFileLines(deps, ref, { budgetMs: BUDGET_MS, ...currentAttempt() }),
    storeImportedChats: (ref: ImportRef) => storeWahaHistory(deps, ref, { budgetMs: BUDGET_MS, ...currentAttempt() }),
    embedImported: (ref: ImportRef) => {
      const attempt = currentAttempt();
      return embedImported(deps, ref, { budgetMs: BUDGET_MS, attempt, onProgress: attempt.onProgress });
    },
    nextFactBatch: (ref: ImportRef) => nextFactBatch(deps.db, ref),
    countFacts: (of: ImportRef & { until: FactPosition; messages: number; facts: number; isSkipped: boolean }) =>
      countFacts(deps.db, of, of),
    finishImport: (of: ImportEnd) => finishImport(deps, of),
  });
}

export type HistoryImportActivities = ReturnType<typeof createHistoryImportActivities>;
