import type { RunsAtOnce } from '../shared/at-once';

export interface TurnInput extends RunsAtOnce {
  tenantId: string;
  turnId: string;
  contactId: string;
}

export type TurnOutcome = 'replied' | 'handed_over' | 'silenced' | 'failed' | 'interrupted';
