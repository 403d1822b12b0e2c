import type { Tx } from '../../database';
import { policyContextOf } from '../policy/context';
import type { PolicyContext, TurnSignals } from '../policy/types';
import type { ReplayStep } from './steps';
import type { ReplaySubject } from './subject';

/** What the rules of calls know of a replay: the turn's beginning, and what the replay did since instead of what the turn did. */
export function replayPolicy(
  tx: Tx,
  { record, turn, head, toolPolicies, offered }: ReplaySubject,
  steps: readonly ReplayStep[],
): Promise<PolicyContext> {
  const calls = steps.filter(({ kind }) => kind === 'tool');
  const { offersMade = 0 } = record.signals as Partial<TurnSignals>;
  const offersNow = calls.filter(({ tool, status }) => tool === 'create_retention_offer' && status === 'done').length;
  return policyContextOf(
    tx,
    { tenantId: turn.tenantId, contactId: head.contactId },
    {
      record: { ...record, toolsOffered: offered },
      toolPolicies,
      // No rule refuses a call whose arguments are wrong.
      calls: calls.map(({ tool, status, rule }) => ({
        tool,
        status,
        rule,
        errorCode: status === 'refused' && rule === null ? 'VALIDATION_ERROR' : null,
      })),
      offers: { offersMade: offersMade + offersNow },
    },
  );
}
