import type { Tx } from '../../database';
import type { Tool } from '../../tools/types';
import { turnAgent } from '../turn-context';
import type { ToolCallRef } from '../types';
import { judgeCall } from './call-rules';
import { loadPolicyContext } from './context';

/**
 * The last gate before a call of an agent runs, whatever stored it: the turn was offered the tool, its audience fits whom the
 * agent works for, no rule forbids it, and where one wants a person, one has allowed it. It looks at data only, so no
 * text that the model read can talk it round.
 *
 * @param input the arguments with which it would run
 * @returns why the call must not run, and the rule that says so where it is one; null if it may
 */
export async function whyUnauthorized(
  tx: Tx,
  ref: ToolCallRef,
  { tool, input, contactId }: { tool: Tool; input: Readonly<Record<string, unknown>>; contactId: string },
): Promise<{ rule: string; reason: string } | null> {
  const { tenantId, turnId } = ref;
  const record = await tx.decisionRecord.findUnique({ where: { tenantId_groupId: { tenantId, groupId: turnId } } });
  if (!record?.toolsOffered.includes(tool.name)) return denied(`${tool.name} was not offered in this turn`);
  const agent = await turnAgent(tx, tenantId, record);
  if (agent.profile.audience === 'customer' && tool.audience === 'staff') return denied(`${tool.name} is for staff`);
  const verdict = judgeCall(tool, input, await loadPolicyContext(tx, { tenantId, contactId }, record));
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
