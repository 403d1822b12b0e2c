import { AppError } from '../errors';

/** Says why a guarded write changed no row: somebody else changed it first. The caller has found out that it exists. */
export function lockConflict(what: string, currentVersion: number): AppError {
  return new AppError('OPTIMISTIC_LOCK_CONFLICT', `The ${what} is at version ${currentVersion}; read it again`, {
    details: { currentVersion },
  });
}
