export function historyImportWorkflowId({ tenantId, importId }: { tenantId: string; importId: string }): string {
  return `t:${tenantId}:history-import:${importId}`;
}
