export function knowledgeWorkflowId(of: { tenantId: string; documentId: string }): string {
  return `t:${of.tenantId}:knowledge:${of.documentId}`;
}
