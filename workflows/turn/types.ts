export interface TurnInput {
  tenantId: string;
  turnId: string;
  contactId: string;
}

export type TurnOutcome = 'replied' | 'handed_over' | 'silenced' | 'failed' | 'interrupted';
