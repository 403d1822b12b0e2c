export interface TurnReplayInput {
  tenantId: string;
  replayId: string;
}
