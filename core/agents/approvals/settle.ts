import type { Database, Prisma, Tx } from '../../database';
import { appendEvents } from '../../outbox/events';
import { lockApproval, type LockedApproval } from './lock';
import type { ApprovalRef, OnExpiry } from './types';

/**
 * How a turn goes on with a call that waited:
 * - `run`: it may run now;
 * - `told`: it will not, and the agent reads why;
 * - `escalate`: nobody came, and a person takes the conversation; or one has it already, and the turn ends without a word;
 * - `waiting`: nobody has decided yet, and there is time left.
 */
export type Settled = { next: 'run' | 'told' | 'escalate' } | { next: 'waiting'; waitMs: number };

/**
 * Acts on what was decided about a call, or lets its time be over. The step changes in the same transaction, so a second
 * attempt, or a second resume, finds it changed.
 *
 * @throws AppError NOT_FOUND
 */
export function settleApproval(db: Database, ref: ApprovalRef): Promise<Settled> {
  return db.withTenant(ref.tenantId, async (tx) => {
    const approval = await lockApproval(tx, ref);
    const { status, isOver, remainingMs, onExpiry } = approval;
    if (status === 'pending' && !isOver) return { next: 'waiting', waitMs: remainingMs };
    if (status === 'pending') await expire(tx, ref, approval);
    if (approval.isTakenOver) {
      await tell(tx, ref, approval, { error: 'A person took the conversation over' });
      return { next: 'escalate' };
    }
    switch (status) {
      case 'approved':
        return allow(tx, ref, approval);
      case 'edited':
        return allow(tx, ref, approval);
      case 'rejected':
        return tell(tx, ref, approval, refusal('A person did not allow this', approval));
      case 'responded':
        return tell(tx, ref, approval, { answer_of_a_person: approval.response ?? '' });
      case 'cancelled':
        return { next: 'escalate' };
      case 'pending':
      case 'expired':
        return afterExpiry(tx, ref, approval, onExpiry);
    }
  });
}

function refusal(error: string, { reason }: LockedApproval): Prisma.InputJsonObject {
  return reason ? { error, reason } : { error };
}

async function afterExpiry(tx: Tx, ref: ApprovalRef, approval: LockedApproval, onExpiry: OnExpiry): Promise<Settled> {
  switch (onExpiry) {
    case 'approve':
      return allow(tx, ref, approval);
    case 'reject':
      return tell(tx, ref, approval, { error: 'Nobody allowed this in time, so it is not done' });
    case 'escalate':
      await tell(tx, ref, approval, { error: 'Nobody allowed this in time; a person takes over' });
      return { next: 'escalate' };
  }
}

async function expire(tx: Tx, { tenantId, approvalId }: ApprovalRef, approval: LockedApproval): Promise<void> {
  const { turnId, conversationId, tool, onExpiry } = approval;
  await tx.approval.updateMany({
    where: { tenantId, id: approvalId, status: 'pending' },
    data: { status: 'expired', resolvedAt: new Date() },
  });
  const data = { approvalId, turnId, conversationId, tool, onExpiry };
  const eventType = 'approval.expired';
  await appendEvents(tx, [{ tenantId, aggregateType: 'approval', aggregateId: approvalId, eventType, data }]);
}

function stepOf({ tenantId }: ApprovalRef, { turnId, step, callId }: LockedApproval) {
  return { tenantId, groupId: turnId, step, callId, status: 'needs_approval' };
}

async function allow(tx: Tx, ref: ApprovalRef, approval: LockedApproval): Promise<Settled> {
  const input = approval.editedInput as Prisma.InputJsonObject | null;
  await tx.decisionStep.updateMany({
    where: stepOf(ref, approval),
    data: { status: 'requested', ...(input ? { input } : {}) },
  });
  return { next: 'run' };
}

async function tell(
  tx: Tx,
  ref: ApprovalRef,
  approval: LockedApproval,
  output: Prisma.InputJsonObject,
): Promise<Settled> {
  await tx.decisionStep.updateMany({
    where: stepOf(ref, approval),
    data: { status: 'refused', output, errorCode: 'FORBIDDEN', finishedAt: new Date() },
  });
  return { next: 'told' };
}
