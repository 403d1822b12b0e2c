export interface DayReplayInput {
  tenantId: string;
  batchId: string;
  /** What earlier runs of this batch came to. */
  progress?: DayReplayProgress;
}

export interface DayReplayProgress {
  phase: 'replaying' | 'done' | 'failed';
  replayed: number;
  failed: number;
  /** Of the replayed: outcome, reply or tools are different. */
  changed: number;
}
