export interface ReembeddingInput {
  tenantId: string;
  reembeddingId: string;
  /** What earlier runs came to. */
  progress?: ReembeddingProgress;
}

export interface ReembeddingProgress {
  /** `embedding`: searches use the old model; `catching_up` and `cleaning`: the new one. */
  phase: 'embedding' | 'catching_up' | 'cleaning' | 'done' | 'cancelled';
  documentsDone: number;
  documentsTotal: number;
}
