export function followUpWorkflowId({ tenantId, followUpId }: { tenantId: string; followUpId: string }): string {
  return `t:${tenantId}:follow-up:${followUpId}`;
}
