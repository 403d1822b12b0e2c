export function reembeddingWorkflowId(of: { tenantId: string; reembeddingId: string }): string {
  return `t:${of.tenantId}:reembedding:${of.reembeddingId}`;
}
