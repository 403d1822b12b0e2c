import { eraseContact } from '../core/memory/forgetting/erase-contact';
import {
  endErasure,
  quiesceContact,
  removeHistories,
  removeMediaFiles,
  type ForgettingDeps,
} from '../core/memory/forgetting/forget-contact';
import type { ErasureRef } from '../core/memory/forgetting/types';
import { asActivities, currentAttempt } from './support';

export function createForgettingActivities(deps: ForgettingDeps) {
  return asActivities({
    quiesceContact: (ref: ErasureRef) => quiesceContact(deps, ref),
    eraseContact: (ref: ErasureRef) => eraseContact(deps.db, ref),
    removeMediaFiles: (ref: ErasureRef) => removeMediaFiles(deps, ref, currentAttempt().onProgress),
    removeHistories: (ref: ErasureRef) => removeHistories(deps, ref, currentAttempt().onProgress),
    endErasure: (ref: ErasureRef & { errorCode?: string }) => endErasure(deps, ref),
  });
}

export type ForgettingActivities = ReturnType<typeof createForgettingActivities>;
