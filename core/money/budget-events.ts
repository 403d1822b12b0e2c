import type { Tx } from '../database';
import { appendEvents, type OutboxEvent } from '../outbox/events';
import type { BudgetState } from './types';

/** What the database reports when a window of a budget changes in a way that is worth telling. */
export interface BudgetChange {
  budgetId: string;
  scope: string;
  subjectId: string;
  period: string;
  capMicros: number;
  spentMicros: number;
  uncertainMicros: number;
  windowStartsAt: string;
  from: BudgetState;
  to: BudgetState;
  /** `spent`, `does_not_fit`, `new_budget`, `new_period`, `changed`, `reconciled` */
  reason: string;
  /** Of 50, 80 and 100 per cent those that were passed. */
  warnings: number[];
}

/** Writes a `budget.state_changed` for each change of state and a `budget.warning` for each mark that was passed. */
export async function tellOfBudgets(tx: Tx, tenantId: string, changes: BudgetChange[]): Promise<void> {
  const events = changes.flatMap(({ from, to, reason, warnings, ...budget }): OutboxEvent[] => {
    const about = { tenantId, aggregateType: 'budget', aggregateId: budget.budgetId } as const;
    return [
      ...warnings.map((percent) => ({ ...about, eventType: 'budget.warning', data: { ...budget, percent } })),
      ...(from === to ? [] : [{ ...about, eventType: 'budget.state_changed', data: { ...budget, from, to, reason } }]),
    ];
  });
  await appendEvents(tx, events);
}
