import { embedImported } from '../core/memory/import/embed-import';
import { finishImport } from '../core/memory/import/finish-import';
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
    finishImport: (ref: ImportRef & { errorCode?: string }) => finishImport(deps, ref),
  });
}

export type HistoryImportActivities = ReturnType<typeof createHistoryImportActivities>;
