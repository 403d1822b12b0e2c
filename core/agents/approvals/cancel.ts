import type { Tx } from '../../database';
import { appendEvents, WORKFLOW_EVENTS } from '../../outbox/events';

/** Why nobody need decide any more. */
export type CancelReason = 'taken_over' | 'interrupted' | 'turn_ended' | 'turn_failed';

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
  const turns =
    'turnId' in of
      ? { groupId: of.turnId }
      : { conversationId: of.conversationId, ...(of.apartFromTurn ? { groupId: { not: of.apartFromTurn } } : {}) };
  const cancelled = await tx.approval.updateManyAndReturn({
    where: { tenantId, status: 'pending', ...turns },
    data: { status: 'cancelled', reason, resolvedAt: new Date() },
    select: { id: true, groupId: true, conversationId: true, tool: true, step: true, callId: true },
  });
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
