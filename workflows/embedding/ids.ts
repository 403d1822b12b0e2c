/** `batchId` is the turn, or the message when a medium's text arrived outside a turn. */
export function embeddingWorkflowId({ tenantId, batchId }: { tenantId: string; batchId: string }): string {
  return `t:${tenantId}:embedding:${batchId}`;
}
