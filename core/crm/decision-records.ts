import type { Prisma, Tx } from '../database';
import { approvalsOfTurn, type ApprovalRow } from '../agents/approvals/list';
import { conversationsOf } from '../conversation/of-contact';
import { AppError } from '../errors';
import { toPage, type Page, type PageRequest } from './page';

export type DecisionRecord = NonNullable<
  Prisma.Result<Tx['decisionRecord'], { omit: { tenantId: true } }, 'findFirst'>
>;
export type DecisionStep = NonNullable<Prisma.Result<Tx['decisionStep'], { omit: { tenantId: true } }, 'findFirst'>>;
export type DecisionCost = NonNullable<Prisma.Result<Tx['aiCost'], { select: typeof COST_FIELDS }, 'findFirst'>>;

const COST_FIELDS = {
  id: true,
  provider: true,
  model: true,
  operation: true,
  status: true,
  reservedMicros: true,
  costMicros: true,
  usage: true,
  createdAt: true,
} as const;

/** A turn makes at most 20 tool calls and one model call around each. */
const MOST_STEPS = 100;

/** Newest first. */
export async function listDecisionRecords(
  tx: Tx,
  tenantId: string,
  {
    limit,
    after,
    contactId,
    flag,
    rule,
    from,
    to,
    ...filter
  }: PageRequest & {
    conversationId?: string | undefined;
    contactId?: string | undefined;
    agent?: string | undefined;
    outcome?: string | undefined;
    intent?: string | undefined;
    /** Of the turn or its reply. */
    rule?: string | undefined;
    flag?: string | undefined;
    from?: Date | undefined;
    to?: Date | undefined;
  },
): Promise<Page<DecisionRecord>> {
  const rows = await tx.decisionRecord.findMany({
    where: {
      tenantId,
      ...filter,
      ...(contactId ? { AND: { conversationId: { in: await conversationsOf(tx, tenantId, contactId) } } } : {}),
      ...(flag ? { flags: { has: flag } } : {}),
      ...(rule ? { rules: { array_contains: [{ rule }] } } : {}),
      startedAt: { ...(from ? { gte: from } : {}), ...(to ? { lt: to } : {}) },
      ...(after?.[0] ? { id: { lt: after[0] } } : {}),
    },
    orderBy: { id: 'desc' },
    take: limit + 1,
    omit: { tenantId: true },
  });
  return toPage(rows, limit, (row) => [row.id]);
}

/** One turn's record with every model answer and tool call in order, what people decided, and what it cost. @throws AppError NOT_FOUND */
export async function getDecisionRecord(
  tx: Tx,
  tenantId: string,
  recordId: string,
): Promise<{ record: DecisionRecord; steps: DecisionStep[]; approvals: ApprovalRow[]; costs: DecisionCost[] }> {
  const record = await tx.decisionRecord.findFirst({ where: { tenantId, id: recordId }, omit: { tenantId: true } });
  if (!record) throw new AppError('NOT_FOUND', 'There is no decision record with this id');
  const { groupId } = record;
  const steps = await tx.decisionStep.findMany({
    where: { tenantId, groupId },
    orderBy: [{ step: 'asc' }, { id: 'asc' }],
    take: MOST_STEPS,
    omit: { tenantId: true },
  });
  const costs = await tx.aiCost.findMany({
    where: { tenantId, groupId },
    orderBy: { createdAt: 'asc' },
    take: MOST_STEPS,
    select: COST_FIELDS,
  });
  return { record, steps, approvals: await approvalsOfTurn(tx, tenantId, groupId), costs };
}
