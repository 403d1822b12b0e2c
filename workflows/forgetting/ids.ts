export function forgettingWorkflowId({ tenantId, erasureId }: { tenantId: string; erasureId: string }): string {
  return `t:${tenantId}:forgetting:${erasureId}`;
}
