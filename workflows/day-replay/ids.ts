export function dayReplayWorkflowId({ tenantId, batchId }: { tenantId: string; batchId: string }): string {
  return `t:${tenantId}:day-replay:${batchId}`;
}
