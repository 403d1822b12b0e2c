import type { Database, Prisma, Tx } from '../../database';
import { newId } from '../../ids';
import { appendEvents } from '../../outbox/events';
import type { RequestedCall } from '../limits';
import { requestedCall } from '../steps';
import type { TurnRef } from '../types';
import { loadApprovalSettings } from './settings';

/** A call that waits: the turn goes on with it when it is resolved, at the latest after `waitMs`. */
export interface WaitingCall {
  approvalId: string;
  call: RequestedCall;
  waitMs: number;
}

/** Puts the calls of a step that need a person before the people. A second attempt finds the first one's. */
export function requestApprovals(db: Database, turn: TurnRef & { step: number }): Promise<WaitingCall[]> {
  const { tenantId, turnId: groupId, step } = turn;
  return db.withTenant(tenantId, async (tx) => {
    const { conversationId } = await tx.messageGroup.findUniqueOrThrow({
      where: { tenantId_id: { tenantId, id: groupId } },
      select: { conversationId: true },
    });
    const steps = await tx.decisionStep.findMany({
      where: { tenantId, groupId, step, kind: 'tool', status: 'needs_approval' },
      orderBy: { id: 'asc' },
    });
    const { waitSeconds, onExpiry } = await loadApprovalSettings(tx, tenantId);
    const waiting: WaitingCall[] = [];
    for (const { callId, tool, input, rule, ruleReason } of steps) {
      const approval = {
        conversationId,
        groupId,
        step,
        callId,
        tool: tool ?? '',
        rule: rule ?? '',
        ruleReason: ruleReason ?? '',
        input: input as Prisma.InputJsonObject,
        onExpiry,
        expiresAt: new Date(Date.now() + waitSeconds * 1000),
      };
      const { id, expiresAt } = await openApproval(tx, tenantId, approval);
      const waitMs = Math.max(0, expiresAt.getTime() - Date.now());
      waiting.push({ approvalId: id, call: requestedCall(callId, tool ?? '', input), waitMs });
    }
    return waiting;
  });
}

async function openApproval(
  tx: Tx,
  tenantId: string,
  approval: Omit<Prisma.ApprovalUncheckedCreateInput, 'id' | 'tenantId'>,
): Promise<{ id: string; expiresAt: Date }> {
  const { groupId, step, callId, tool, rule } = approval;
  const id = newId();
  const { count } = await tx.approval.createMany({ data: [{ ...approval, id, tenantId }], skipDuplicates: true });
  if (count > 0) {
    const data = { approvalId: id, turnId: groupId, conversationId: approval.conversationId, tool, rule };
    const eventType = 'approval.requested';
    await appendEvents(tx, [{ tenantId, aggregateType: 'approval', aggregateId: id, eventType, data }]);
  }
  return tx.approval.findUniqueOrThrow({
    where: { tenantId_groupId_step_callId: { tenantId, groupId, step, callId } },
    select: { id: true, expiresAt: true },
  });
}
