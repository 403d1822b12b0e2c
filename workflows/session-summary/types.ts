export interface SessionSummaryInput {
  tenantId: string;
  sessionId: string;
}

export interface SessionSummaryResult {
  /** False when there was nothing to sum up. */
  isSummarized: boolean;
}
