import type { Tx } from '../../database';
import type { Tool } from '../../tools/types';
import { loadApprovalSettings } from '../approvals/settings';
import { turnAgent } from '../turn-context';
import type { ToolCallRef } from '../types';
import { judgeCall } from './call-rules';
import { policyContext } from './context';

/**
 * The last gate before a call of an agent runs, whatever stored it: the turn was offered the tool, its audience fits whom the
 * agent works for, no rule forbids it, and where one wants a person, one has allowed it. It looks at data only, so no
 * text that the model read can talk it round.
 *
 * @param input the arguments with which it would run
 * @returns why the call must not run; null if it may
 */
export async function whyUnauthorized(
  tx: Tx,
  ref: ToolCallRef,
  { tool, input }: { tool: Tool; input: Readonly<Record<string, unknown>> },
): Promise<string | null> {
  const { tenantId, turnId } = ref;
  const record = await tx.decisionRecord.findUnique({ where: { tenantId_groupId: { tenantId, groupId: turnId } } });
  if (!record?.toolsOffered.includes(tool.name)) return `${tool.name} was not offered in this turn`;
  const agent = await turnAgent(tx, tenantId, record);
  if (agent.profile.audience === 'customer' && tool.audience === 'staff') return `${tool.name} is for staff`;
  const { toolPolicies } = await loadApprovalSettings(tx, tenantId);
  const verdict = judgeCall(tool, input, policyContext(record, toolPolicies));
  if (!verdict) return null;
  if (verdict.decision === 'needs_approval' && (await isAllowedByPerson(tx, ref))) return null;
  return verdict.reason;
}

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
