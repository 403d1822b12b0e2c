import { sqlFile, type Tx } from '../../database';
import { appendEvents, WORKFLOW_EVENTS } from '../../outbox/events';

/** Why nobody need decide any more. */
export type CancelReason = 'taken_over' | 'interrupted' | 'turn_ended' | 'turn_failed' | 'contact_deleted';

interface CancelledRow {
  id: string;
  groupId: string;
  conversationId: string;
  tool: string;
  step: number;
  callId: string;
}

/**
 * Calls off what waits for a person, in the transaction that made it pointless: of one turn that ends, or of a conversation
 * that goes into other hands (apart from the turn that asked for them). The step keeps the rule that wanted a person.
 */
export async function cancelApprovals(
  tx: Tx,
  tenantId: string,
  {
    of,
    reason,
  }: { of: { turnId: string } | { conversationId: string; apartFromTurn: string | null }; reason: CancelReason },
): Promise<void> {
  const turns = 'turnId' in of ? [of.turnId, null, null] : [null, of.conversationId, of.apartFromTurn];
  const file = sqlFile('core/agents/approvals/sql/cancel.sql');
  const cancelled = await tx.$queryRawUnsafe<CancelledRow[]>(file, tenantId, reason, ...turns);
  if (cancelled.length === 0) return;
  const output = { error: 'Nobody decided before the turn was over, so it is not done', reason };
  await tx.decisionStep.updateMany({
    where: {
      tenantId,
      status: 'needs_approval',
      OR: cancelled.map(({ groupId, step, callId }) => ({ groupId, step, callId })),
    },
    data: { status: 'refused', output, errorCode: 'FORBIDDEN', finishedAt: new Date() },
  });
  await appendEvents(
    tx,
    cancelled.map(({ id, groupId: turnId, conversationId, tool }) => ({
      tenantId,
      aggregateType: 'approval' as const,
      aggregateId: id,
      eventType: WORKFLOW_EVENTS.approvalCancelled,
      data: { approvalId: id, turnId, conversationId, tool, reason },
    })),
  );
}
