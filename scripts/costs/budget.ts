import type { Tx } from '../../core/database';
import {
  changeBudget,
  createBudget,
  listBudgets,
  type Budget,
  type BudgetPeriod,
  type BudgetScope,
} from '../../core/money/budgets';
import { allPages, oneTenant, tenantsOf, withLedger } from './open';
import { table, usd } from './table';

export interface SetOptions {
  scope: BudgetScope;
  subject?: string;
  period: BudgetPeriod;
  cap: number;
  cheaperPercent?: number;
  deferPercent?: number;
  humanPercent?: number;
  tenant?: string;
}

/** Every budget of one scope and subject has one of each period, so this is more than enough. */
const MOST_OF_A_SUBJECT = 100;

/** Makes the budget, or changes the one there is. A cap below what is spent is taken, and said. */
export async function setBudget(options: SetOptions): Promise<void> {
  const { scope, subject, period, cap: capMicros, tenant, ...thresholds } = options;
  const budget = await withLedger(async (db) => {
    const tenantId = await oneTenant(db, tenant);
    return db.withTenant(tenantId, async (tx) => {
      const present = await findBudget(tx, tenantId, { scope, subject, period });
      return present
        ? changeBudget(tx, tenantId, present.id, { version: present.version, capMicros, ...thresholds })
        : createBudget(tx, tenantId, { scope, subjectId: subject, period, capMicros, ...thresholds });
    });
  });
  console.log(budgetTable([budget]));
  const used = budget.spentMicros + budget.uncertainMicros;
  if (used > budget.capMicros) {
    console.log(
      `The cap is below the ${usd(used)} that are spent already: the state is ${budget.state} until the next ${period}`,
    );
  }
}

export async function showBudgets({ scope, tenant }: { scope?: BudgetScope; tenant?: string }): Promise<void> {
  const budgets: Budget[] = [];
  await withLedger(async (db) => {
    for (const tenantId of await tenantsOf(db, tenant)) {
      const pages = allPages((at) => db.withTenant(tenantId, (tx) => listBudgets(tx, tenantId, { ...at, scope })));
      for await (const budget of pages) budgets.push(budget);
    }
  });
  console.log(budgets.length === 0 ? 'There are no budgets' : budgetTable(budgets));
}

async function findBudget(
  tx: Tx,
  tenantId: string,
  { scope, subject, period }: { scope: BudgetScope; subject: string | undefined; period: BudgetPeriod },
): Promise<Budget | undefined> {
  const { items } = await listBudgets(tx, tenantId, {
    scope,
    subjectId: subject,
    limit: MOST_OF_A_SUBJECT,
    after: null,
  });
  // Without a subject the list is of every subject. Ids are lower case in the database.
  const subjectId = subject?.toLowerCase() ?? null;
  return items.find((budget) => budget.period === period && budget.subjectId === subjectId);
}

function budgetTable(budgets: Budget[]): string {
  return table(
    ['scope', 'subject', 'period', 'cap', 'spent', 'uncertain', 'reserved', 'left', 'used', 'state'],
    budgets.map((budget) => [
      budget.scope,
      budget.subjectId ?? '-',
      budget.period,
      usd(budget.capMicros),
      usd(budget.spentMicros),
      usd(budget.uncertainMicros),
      usd(budget.reservedMicros),
      usd(budget.remainingMicros),
      `${budget.spentPercent} %`,
      budget.state,
    ]),
  );
}
