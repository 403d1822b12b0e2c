export interface AgentRunInput {
  tenantId: string;
  runId: string;
}
