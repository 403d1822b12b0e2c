import type { Scope } from '../../accounts/scopes';
import type { Database, Prisma, Tx } from '../../database';
import { AppError } from '../../errors';
import { appendEvents, WORKFLOW_EVENTS } from '../../outbox/events';
import { checkArguments } from '../../tools/arguments';
import { toolNamed } from '../../tools/registry';
import { loadTurnHead, turnCaller } from '../turn-context';
import { lockApproval, type LockedApproval } from './lock';
import { getApproval, type ApprovalRow } from './list';
import type { ApprovalRef, ApprovalStatus, ApprovalVerb } from './types';

/** What a person decided. */
export interface Decision {
  verb: ApprovalVerb;
  reason: string | null;
  /** Of `edit`: the whole arguments of the call, instead of the agent's. */
  arguments?: unknown;
  /** Of `respond`: what the agent is told instead of the tool's answer. */
  response?: string;
}

export interface Resolver {
  userId: string | null;
  scopes: readonly Scope[];
}

const STATUS_OF: Record<ApprovalVerb, ApprovalStatus> = {
  approve: 'approved',
  edit: 'edited',
  reject: 'rejected',
  respond: 'responded',
};

/**
 * Decides about a waiting call, once: the turn reads the row and acts on it. Nobody allows an agent what their own
 * credential may not do.
 *
 * @throws AppError NOT_FOUND, APPROVAL_RESOLVED, APPROVAL_EXPIRED, CONFLICT (a person took the conversation over
 * meanwhile, or the turn ended), FORBIDDEN, VALIDATION_ERROR (the edited arguments, or none for `edit`; no text for `respond`)
 */
export function resolveApproval(
  db: Database,
  { tenantId, approvalId, by, decision }: ApprovalRef & { by: Resolver; decision: Decision },
): Promise<ApprovalRow> {
  const ref = { tenantId, approvalId };
  return db.withTenant(tenantId, async (tx) => {
    const approval = await lockApproval(tx, ref);
    refuseIfDecided(approval);
    const runs = decision.verb === 'approve' || decision.verb === 'edit';
    if (runs) requireToolScope(approval.tool, by);
    const editedInput = decision.verb === 'edit' ? await editedArguments(tx, tenantId, approval, decision) : undefined;
    const response = decision.response?.trim();
    if (decision.verb === 'respond' && !response) throw missing('response', 'say what the agent shall be told');
    await tx.approval.updateMany({
      where: { tenantId, id: approvalId, status: 'pending' },
      data: {
        status: STATUS_OF[decision.verb],
        reason: decision.reason,
        resolvedBy: by.userId,
        resolvedAt: new Date(),
        ...(editedInput ? { editedInput } : {}),
        ...(decision.verb === 'respond' && response ? { response } : {}),
      },
    });
    const { turnId, conversationId, tool } = approval;
    const data = { approvalId, turnId, conversationId, tool, status: STATUS_OF[decision.verb], userId: by.userId };
    const eventType = WORKFLOW_EVENTS.approvalResolved;
    await appendEvents(tx, [{ tenantId, aggregateType: 'approval', aggregateId: approvalId, eventType, data }]);
    return getApproval(tx, ref);
  });
}

function refuseIfDecided({ status, isOver, isTakenOver }: LockedApproval): void {
  if (status === 'expired' || (status === 'pending' && isOver))
    throw new AppError('APPROVAL_EXPIRED', 'The time to decide is over; the agent went on without it');
  if (status === 'cancelled') throw isOverAlready();
  if (status !== 'pending') throw new AppError('APPROVAL_RESOLVED', `It is ${status} already; nothing was changed`);
  if (isTakenOver) throw isOverAlready();
}

function isOverAlready(): AppError {
  return new AppError(
    'CONFLICT',
    'A person took the conversation over, or the turn ended meanwhile, so this call will not run',
  );
}

function requireToolScope(name: string, { scopes }: Resolver): void {
  const tool = toolNamed(name);
  if (!tool) throw new AppError('CONFLICT', `There is no tool ${name} any more; reject the call`);
  if (!scopes.includes(tool.scope))
    throw new AppError('FORBIDDEN', `The API key lacks the scope ${tool.scope} that ${name} needs`);
}

async function editedArguments(
  tx: Tx,
  tenantId: string,
  { tool: name, turnId }: LockedApproval,
  decision: Decision,
): Promise<Prisma.InputJsonObject> {
  const tool = toolNamed(name);
  if (decision.arguments === undefined || !tool) throw missing('arguments', 'give all arguments of the call');
  const turn = { tenantId, turnId };
  const caller = turnCaller(turn, await loadTurnHead(tx, turn));
  const checked = checkArguments(tool, caller, decision.arguments);
  if (checked.refusal === null) return checked.input;
  throw new AppError('VALIDATION_ERROR', checked.refusal, { fields: checked.fields });
}

function missing(field: string, message: string): AppError {
  return new AppError('VALIDATION_ERROR', `${field}: ${message}`, { fields: [{ field, message }] });
}
