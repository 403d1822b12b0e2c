export interface HistoryImportInput {
  tenantId: string;
  importId: string;
  kind: 'jsonl' | 'waha';
  /** What earlier runs of this import came to. */
  progress?: HistoryImportProgress;
}

export interface HistoryImportProgress {
  phase: 'storing' | 'embedding' | 'done';
  linesRead: number;
  messagesStored: number;
  messagesEmbedded: number;
}
