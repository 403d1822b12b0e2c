export function turnWorkflowId({ tenantId, turnId }: { tenantId: string; turnId: string }): string {
  return `t:${tenantId}:turn:${turnId}`;
}
