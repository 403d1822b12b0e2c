import { ALL_SCOPES } from '../../accounts/scopes';
import type { Database } from '../../database';
import { AppError } from '../../errors';
import type { TurnRef } from '../types';
import { getApproval } from './list';
import { resolveApproval } from './resolve';
import type { ApprovalStatus, ApprovalVerb } from './types';

export interface TurnApprovalDecision extends TurnRef {
  approvalId: string;
  verb: ApprovalVerb;
  reason?: string;
  arguments?: Record<string, unknown>;
  response?: string;
}

/**
 * Decides by an update of the turn's workflow. Whoever may send one operates the product, so no scope is asked for; only
 * calls of this turn can be decided.
 *
 * @throws AppError NOT_FOUND and those of `resolveApproval`
 */
export async function resolveTurnApproval(
  db: Database,
  { tenantId, turnId, approvalId, ...decision }: TurnApprovalDecision,
): Promise<{ status: ApprovalStatus }> {
  const ref = { tenantId, approvalId };
  const { groupId } = await db.withTenant(tenantId, (tx) => getApproval(tx, ref));
  if (groupId !== turnId) throw new AppError('NOT_FOUND', 'This turn has no approval with this id');
  const by = { userId: null, scopes: ALL_SCOPES };
  const { status } = await resolveApproval(db, {
    ...ref,
    by,
    decision: { ...decision, reason: decision.reason ?? null },
  });
  return { status: status as ApprovalStatus };
}
