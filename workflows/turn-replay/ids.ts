export function turnReplayWorkflowId({ tenantId, replayId }: { tenantId: string; replayId: string }): string {
  return `t:${tenantId}:turn-replay:${replayId}`;
}
