import { toPage, type Page, type PageRequest } from '../crm/page';
import { refuseDuplicates } from '../crm/unique';
import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import { metadataOf } from '../outbox/events';
import type { BudgetState } from './types';

export const BUDGET_SCOPES = ['tenant', 'agent', 'campaign', 'conversation'] as const;
export type BudgetScope = (typeof BUDGET_SCOPES)[number];
export const BUDGET_PERIODS = ['day', 'month'] as const;
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

/** Shares of the cap, 1 to 100, from which on it gets worse; each at least as high as the one before. */
export interface BudgetThresholds {
  /** Default 80. */
  cheaperPercent: number;
  /** Default 90. */
  deferPercent: number;
  /** Default 100. */
  humanPercent: number;
}

/** A budget with its present day or month. */
export interface Budget extends BudgetThresholds {
  id: string;
  scope: BudgetScope;
  /** Null for the scope `tenant`. */
  subjectId: string | null;
  period: BudgetPeriod;
  capMicros: bigint;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  /** In the time zone of the tenant. */
  windowStartsAt: Date;
  windowEndsAt: Date;
  spentMicros: bigint;
  /** What calls whose answer was lost may have cost at most. Counts as spent. */
  uncertainMicros: bigint;
  /** What calls under way may cost at most. */
  reservedMicros: bigint;
  remainingMicros: bigint;
  /** Spent and uncertain, of the cap; above 100 when the cap was set below what was spent. */
  spentPercent: number;
  state: BudgetState;
}

export interface NewBudget extends Partial<BudgetThresholds> {
  scope: BudgetScope;
  /** The agent, campaign or conversation. Absent for the scope `tenant`. */
  subjectId?: string | undefined;
  period: BudgetPeriod;
  capMicros: number;
}

const DEFAULT_THRESHOLDS: BudgetThresholds = { cheaperPercent: 80, deferPercent: 90, humanPercent: 100 };

/**
 * Makes a budget. What was spent since its day or month began counts, also when that is more than the cap: then its state
 * says so at once.
 *
 * @throws AppError VALIDATION_ERROR, NOT_FOUND for an agent or conversation that is not there, ALREADY_EXISTS
 */
export async function createBudget(tx: Tx, tenantId: string, budget: NewBudget): Promise<Budget> {
  const { scope, subjectId, period, capMicros, ...given } = budget;
  const thresholds = orderedThresholds({ ...DEFAULT_THRESHOLDS, ...given });
  await requireSubject(tx, tenantId, scope, subjectId);
  const id = newId();
  await refuseDuplicates(`There is a budget for the ${period} of this ${scope}; change that one`, () =>
    tx.budget.create({
      data: { id, tenantId, scope, subjectId: subjectId ?? tenantId, period, capMicros, ...thresholds },
    }),
  );
  await judge(tx, 'core/money/sql/open-budget-window.sql', { tenantId, budgetId: id });
  return getBudget(tx, tenantId, id);
}

/**
 * Changes cap or thresholds. The state follows at once: a raised cap ends `human`, one below what is spent begins it.
 *
 * @throws AppError NOT_FOUND, VALIDATION_ERROR, OPTIMISTIC_LOCK_CONFLICT when `version` is not the present one
 */
export async function changeBudget(
  tx: Tx,
  tenantId: string,
  budgetId: string,
  { version, capMicros, ...given }: Partial<BudgetThresholds> & { version?: number; capMicros?: number },
): Promise<Budget> {
  const before = await getBudget(tx, tenantId, budgetId);
  const { cheaperPercent, deferPercent, humanPercent } = before;
  const thresholds = orderedThresholds({ cheaperPercent, deferPercent, humanPercent, ...given });
  const { count } = await tx.budget.updateMany({
    where: { tenantId, id: budgetId, version: version ?? before.version },
    data: {
      ...thresholds,
      ...(capMicros === undefined ? {} : { capMicros }),
      version: { increment: 1 },
      updatedAt: new Date(),
    },
  });
  if (count === 0) throw new AppError('OPTIMISTIC_LOCK_CONFLICT', 'The budget has changed; read it again');
  await judge(tx, 'core/money/sql/judge-budget.sql', { tenantId, budgetId });
  return getBudget(tx, tenantId, budgetId);
}

/** Calls under way end as before; nothing limits the next ones. @throws AppError NOT_FOUND */
export async function deleteBudget(tx: Tx, tenantId: string, budgetId: string): Promise<void> {
  const { count } = await tx.budget.deleteMany({ where: { tenantId, id: budgetId } });
  if (count === 0) throw noSuchBudget();
}

/** @throws AppError NOT_FOUND */
export async function getBudget(tx: Tx, tenantId: string, budgetId: string): Promise<Budget> {
  const [budget] = await selectBudgets(tx, tenantId, { budgetId, limit: 1 });
  if (!budget) throw noSuchBudget();
  return budget;
}

/** Newest first. */
export async function listBudgets(
  tx: Tx,
  tenantId: string,
  { limit, after, ...filter }: PageRequest & { scope?: BudgetScope | undefined; subjectId?: string | undefined },
): Promise<Page<Budget>> {
  const rows = await selectBudgets(tx, tenantId, { ...filter, after: after?.[0], limit: limit + 1 });
  return toPage(rows, limit, ({ id }) => [id]);
}

/** Brings the state of a budget's window up to date, and tells of what changes. */
async function judge(tx: Tx, file: string, of: { tenantId: string; budgetId: string }): Promise<void> {
  await tx.$executeRawUnsafe(sqlFile(file), of.tenantId, of.budgetId, JSON.stringify(metadataOf()));
}

function selectBudgets(
  tx: Tx,
  tenantId: string,
  of: {
    budgetId?: string;
    scope?: string | undefined;
    subjectId?: string | undefined;
    after?: string | undefined;
    limit: number;
  },
): Promise<Budget[]> {
  return tx.$queryRawUnsafe<Budget[]>(
    sqlFile('core/money/sql/budgets.sql'),
    tenantId,
    of.budgetId ?? null,
    of.scope ?? null,
    of.subjectId ?? null,
    of.after ?? null,
    of.limit,
  );
}

function orderedThresholds(thresholds: BudgetThresholds): BudgetThresholds {
  const { cheaperPercent, deferPercent, humanPercent } = thresholds;
  if (cheaperPercent <= deferPercent && deferPercent <= humanPercent) return thresholds;
  throw wrongField('defer_percent', 'must lie between cheaper_percent and human_percent');
}

/** Campaigns are known by their id alone: the calls that are made for one name it. */
async function requireSubject(tx: Tx, tenantId: string, scope: BudgetScope, subjectId: string | undefined) {
  if (scope === 'tenant') {
    if (subjectId !== undefined) throw wrongField('subject_id', 'must be absent for the scope tenant');
    return;
  }
  if (subjectId === undefined) throw wrongField('subject_id', `must be the id of the ${scope}`);
  const found =
    scope === 'agent'
      ? await tx.agent.count({ where: { tenantId, id: subjectId, deletedAt: null } })
      : scope === 'conversation'
        ? await tx.conversation.count({ where: { tenantId, id: subjectId } })
        : 1;
  if (found === 0) throw new AppError('NOT_FOUND', `There is no ${scope} with this id`);
}

function wrongField(field: string, message: string): AppError {
  return new AppError('VALIDATION_ERROR', `${field} ${message}`, { fields: [{ field, message }] });
}

function noSuchBudget(): AppError {
  return new AppError('NOT_FOUND', 'There is no budget with this id');
}
