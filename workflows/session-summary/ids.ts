export function sessionSummaryWorkflowId({ tenantId, sessionId }: { tenantId: string; sessionId: string }): string {
  return `t:${tenantId}:session-summary:${sessionId}`;
}
