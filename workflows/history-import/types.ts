export interface HistoryImportInput {
  tenantId: string;
  importId: string;
  kind: 'jsonl' | 'waha';
  /** Absent: no facts are wanted. */
  wantsFacts?: boolean;
  /** What earlier runs of this import came to. */
  progress?: HistoryImportProgress;
}

export interface HistoryImportProgress {
  phase: 'storing' | 'embedding' | 'facts' | 'done';
  linesRead: number;
  messagesStored: number;
  messagesEmbedded: number;
  /** Absent where no facts are wanted. */
  facts?: {
    messagesRead: number;
    /** Of those read, the ones that the model gave no usable answer about. */
    messagesSkipped: number;
    found: number;
    /** Why it ended before all were read. */
    errorCode?: string;
  };
}
