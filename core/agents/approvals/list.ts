import type { Prisma, Tx } from '../../database';
import { conversationsOf } from '../../conversation/of-contact';
import { AppError } from '../../errors';
import { toPage, type Page, type PageRequest } from '../../crm/page';
import type { ApprovalRef, ApprovalStatus } from './types';

const SELECTED = {
  id: true,
  conversationId: true,
  groupId: true,
  tool: true,
  rule: true,
  ruleReason: true,
  input: true,
  editedInput: true,
  status: true,
  onExpiry: true,
  expiresAt: true,
  reason: true,
  response: true,
  resolvedBy: true,
  resolvedAt: true,
  createdAt: true,
} as const satisfies Prisma.ApprovalSelect;

/** A call that waits or waited for a person. */
export type ApprovalRow = Prisma.ApprovalGetPayload<{ select: typeof SELECTED }>;

/** Newest first. */
export async function listApprovals(
  tx: Tx,
  tenantId: string,
  {
    limit,
    after,
    status,
    conversationId,
    contactId,
    tool,
  }: PageRequest & {
    status?: ApprovalStatus | undefined;
    conversationId?: string | undefined;
    contactId?: string | undefined;
    tool?: string | undefined;
  },
): Promise<Page<ApprovalRow>> {
  const rows = await tx.approval.findMany({
    where: {
      tenantId,
      ...(status ? { status } : {}),
      ...(conversationId ? { conversationId } : {}),
      ...(contactId ? { AND: { conversationId: { in: await conversationsOf(tx, tenantId, contactId) } } } : {}),
      ...(tool ? { tool } : {}),
      ...(after?.[0] ? { id: { lt: after[0] } } : {}),
    },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows, limit, ({ id }) => [id]);
}

/** Of one turn, in the order in which they were asked for. */
export function approvalsOfTurn(tx: Tx, tenantId: string, groupId: string): Promise<ApprovalRow[]> {
  return tx.approval.findMany({ where: { tenantId, groupId }, orderBy: { id: 'asc' }, select: SELECTED });
}

/** @throws AppError NOT_FOUND */
export async function getApproval(tx: Tx, { tenantId, approvalId }: ApprovalRef): Promise<ApprovalRow> {
  const row = await tx.approval.findFirst({ where: { tenantId, id: approvalId }, select: SELECTED });
  if (!row) throw new AppError('NOT_FOUND', 'There is no approval with this id');
  return row;
}
