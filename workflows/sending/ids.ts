export function sendingWorkflowId({ tenantId, messageId }: { tenantId: string; messageId: string }): string {
  return `t:${tenantId}:sending:${messageId}`;
}
