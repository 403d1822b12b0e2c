import type { Tx } from '../../database';
import type { Tool } from '../../tools/types';
import type { StoredCall } from '../steps';
import type { Turn } from '../turn';
import type { ToolCallRef } from '../types';
import { judgeCall } from './call-rules';
import { loadPolicyContext } from './context';

/**
 * The last gate before a call of an agent runs, whatever stored it: the turn was offered the tool, its audience fits whom the
 * agent works for, no rule forbids it, and where one wants a person, one has allowed it. It looks at data only, so no
 * text that the model read can talk it round.
 *
 * @param of.input the arguments with which it would run
 * @param of.turn and `calls`: read in this transaction, behind the turn's lock
 * @returns why the call must not run, and the rule that says so where it is one; null if it may
 */
export async function whyUnauthorized(
  tx: Tx,
  ref: ToolCallRef,
  of: { tool: Tool; input: Readonly<Record<string, unknown>>; turn: Turn; calls: readonly StoredCall[] },
): Promise<{ rule: string; reason: string } | null> {
  const { tool, input, turn, calls } = of;
  const { record, agent, head, toolPolicies } = turn;
  if (!record?.toolsOffered.includes(tool.name)) return denied(`${tool.name} was not offered in this turn`);
  if (agent?.profile.audience === 'customer' && tool.audience === 'staff') return denied(`${tool.name} is for staff`);
  const about = { tenantId: ref.tenantId, contactId: head.contactId };
  const verdict = judgeCall(tool, input, await loadPolicyContext(tx, about, { record, calls, toolPolicies }));
  if (!verdict) return null;
  if (verdict.decision === 'needs_approval' && (await isAllowedByPerson(tx, ref))) return null;
  return verdict;
}

const denied = (reason: string) => ({ rule: 'not_offered', reason });

/** Time that ran out counts as a person's word where the tenant has set so. */
async function isAllowedByPerson(tx: Tx, { tenantId, turnId, step, callId }: ToolCallRef): Promise<boolean> {
  const allowed = await tx.approval.count({
    where: {
      tenantId,
      groupId: turnId,
      step,
      callId,
      OR: [{ status: { in: ['approved', 'edited'] } }, { status: 'expired', onExpiry: 'approve' }],
    },
  });
  return allowed > 0;
}
