export function graphProjectionWorkflowId(of: { tenantId: string; projectionId: string }): string {
  return `t:${of.tenantId}:graph-projection:${of.projectionId}`;
}
