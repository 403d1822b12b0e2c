export function agentRunWorkflowId({ tenantId, runId }: { tenantId: string; runId: string }): string {
  return `t:${tenantId}:agent-run:${runId}`;
}
