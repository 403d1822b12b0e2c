/** `subjectId` is the message that carries the medium, or the enrichment itself when a file was posted without one. */
export function enrichmentWorkflowId({ tenantId, subjectId }: { tenantId: string; subjectId: string }): string {
  return `t:${tenantId}:enrichment:${subjectId}`;
}
