export type ReembeddingStatus = 'queued' | 'running' | 'cleaning' | 'completed' | 'failed' | 'cancelled';

/** All vectors of a tenant made again with another model. */
export interface Reembedding {
  id: string;
  status: ReembeddingStatus;
  fromProvider: string;
  fromModel: string;
  toProvider: string;
  toModel: string;
  documentsTotal: number;
  documentsDone: number;
  errorCode: string | null;
  createdAt: Date;
  startedAt: Date | null;
  /** From when searches compare the new vectors. */
  switchedAt: Date | null;
  finishedAt: Date | null;
}

export interface ReembeddingRef {
  tenantId: string;
  reembeddingId: string;
}

/** What one step came to. `isCancelled`: another change of model took its place, or it ended. */
export interface ReembeddingStep {
  isDone: boolean;
  isCancelled: boolean;
  documentsDone: number;
  documentsTotal: number;
}
