/** `turnId` is the message group, or the message when one message's facts are asked for by RPC. */
export function factsWorkflowId({ tenantId, turnId }: { tenantId: string; turnId: string }): string {
  return `t:${tenantId}:facts:${turnId}`;
}
