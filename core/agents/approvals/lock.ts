import { sqlFile, type Tx } from '../../database';
import { AppError } from '../../errors';
import type { ApprovalRef, ApprovalStatus, OnExpiry } from './types';

export interface LockedApproval {
  turnId: string;
  conversationId: string;
  step: number;
  callId: string;
  tool: string;
  status: ApprovalStatus;
  onExpiry: OnExpiry;
  isOver: boolean;
  /** Until its time is over, by the clock of the database. */
  remainingMs: number;
  editedInput: Record<string, unknown> | null;
  response: string | null;
  reason: string | null;
  /** A person took the conversation over since the turn began, or the turn ended without the call. */
  isTakenOver: boolean;
}

/** Whoever decides, or acts on what was decided, does so one after the other. @throws AppError NOT_FOUND */
export async function lockApproval(tx: Tx, { tenantId, approvalId }: ApprovalRef): Promise<LockedApproval> {
  const rows = await tx.$queryRawUnsafe<LockedApproval[]>(
    sqlFile('core/agents/approvals/sql/lock-approval.sql'),
    tenantId,
    approvalId,
  );
  const [approval] = rows;
  if (!approval) throw new AppError('NOT_FOUND', 'There is no approval with this id');
  return approval;
}
