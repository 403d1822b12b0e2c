/** What is to be forgotten of a contact. */
export const ERASURE_SCOPES = ['memory', 'everything'] as const;
export type ErasureScope = (typeof ERASURE_SCOPES)[number];

export type ErasureStatus = 'queued' | 'running' | 'completed' | 'failed';

export interface ErasureRef {
  tenantId: string;
  erasureId: string;
}

/** The workflows of a contact, whose stored inputs and results may hold what it said. */
export interface ContactWorkflows {
  /**
   * Stops what would write to memory again. Turns and readings are let finish, because somebody waits for them.
   *
   * @returns how many of those still run.
   * @throws AppError WORKFLOWS_UNAVAILABLE
   */
  quiesce(tenantId: string, contactId: string): Promise<number>;
  /**
   * Deletes the histories of everything that has ended. The conversation that goes on and messages on their way stay: their
   * histories hold ids only.
   *
   * @returns how many were deleted.
   * @throws AppError WORKFLOWS_UNAVAILABLE
   */
  removeHistories(tenantId: string, contactId: string, onProgress: () => void): Promise<number>;
}
