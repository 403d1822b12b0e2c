import { createDatabase, type Database } from '../../../core/database';
import { migrate } from '../../../core/database/migrate';
import { isAppError } from '../../../core/errors';
import { newId } from '../../../core/ids';
import { createBudget, getBudget } from '../../../core/money/budgets';
import { expireAllReservations } from '../../../core/money/expire';
import { createLedger, type Ledger } from '../../../core/money/ledger';
import { paidCall } from '../../../core/money/paid-call';
import { loadPrices } from '../../../core/money/price-table';
import type { Reservation } from '../../../core/money/types';
import { newTenant } from '../../../test/support/tenant';
import { createFreshDatabase } from '../../embedded/fresh-database';
import { outcome, type FaultCase } from '../types';

const COVERED = 20;
const USAGE = { inputTokens: 10_000, outputTokens: 1_000 };
/** gpt-6-luna: $0.10 and $0.50 for a million tokens. */
const COST_MICROS = 1_500;
const CONNECTIONS = 40;

export const m1: FaultCase = {
  id: 'M1',
  title: 'Many calls at once for a budget of twenty, and processes that die between reserving and settling',
  promise:
    'A budget is never overshot, not by a micro-dollar, serves all it covers, and gets back what a crash reserved.',
  async run({ databaseServerUrl, atEnd, say }, { full }) {
    const database = await createFreshDatabase(databaseServerUrl);
    atEnd(() => database.drop());
    await migrate(database.url);
    const db = createDatabase({ url: database.url, maxConnections: CONNECTIONS, preparedStatements: true });
    atEnd(() => db.close());
    const ledger = createLedger(loadPrices());
    const { tenantId } = await newTenant(db);
    const capMicros = COST_MICROS * COVERED;
    const { id } = await db.withTenant(tenantId, (tx) =>
      createBudget(tx, tenantId, { scope: 'tenant', period: 'day', capMicros }),
    );
    const look = () => db.withTenant(tenantId, (tx) => getBudget(tx, tenantId, id));

    const calls = 200;
    const served = (await Promise.all(Array.from({ length: calls }, () => isServed(db, ledger, tenantId)))).filter(
      Boolean,
    );
    const spent = await look();

    say('calls that die');
    const crashes = full ? 1_000 : 200;
    const other = await newTenant(db);
    const crashed = await db.withTenant(other.tenantId, (tx) =>
      createBudget(tx, other.tenantId, { scope: 'tenant', period: 'day', capMicros: COST_MICROS * crashes }),
    );
    for (let done = 0; done < crashes; done += 50)
      await Promise.all(Array.from({ length: 50 }, () => ledger.reserve(db, reservation(other.tenantId))));
    const isFull = !(await isServed(db, ledger, other.tenantId));
    await db.withTenant(
      other.tenantId,
      (tx) =>
        tx.$executeRaw`update ai_costs set expires_at = now() - interval '1 second' where tenant_id = ${other.tenantId}::uuid`,
    );
    await Promise.all([expireAllReservations(db), expireAllReservations(db)]);
    const [window] = await db.withTenant(other.tenantId, (tx) =>
      tx.budgetWindow.findMany({ where: { tenantId: other.tenantId, budgetId: crashed.id } }),
    );
    const leakedMicros = Number(window?.reservedMicros ?? -1n);
    const isServedAgain = await isServed(db, ledger, other.tenantId);
    return outcome(
      {
        calls,
        covered: COVERED,
        served: served.length,
        capMicros,
        spentMicros: Number(spent.spentMicros),
        overshootMicros: Math.max(0, Number(spent.spentMicros) - capMicros),
        crashes,
        leakedMicros,
      },
      {
        'spent within the cap': spent.spentMicros <= BigInt(capMicros),
        'served all it covers': served.length >= COVERED,
        'nothing stays reserved': spent.reservedMicros === 0n && leakedMicros === 0,
        'crashes held the budget until they expired': isFull,
        'serves again after they expired': isServedAgain,
      },
    );
  },
};

function reservation(tenantId: string): Reservation {
  return {
    tenantId,
    activityKey: `faults/${newId()}`,
    provider: 'openai',
    model: 'gpt-6-luna',
    operation: 'language',
    subject: {},
    upperBound: USAGE,
  };
}

async function isServed(db: Database, ledger: Ledger, tenantId: string): Promise<boolean> {
  try {
    return await paidCall({ db, ledger }, reservation(tenantId), {
      call: async () => ({ model: 'gpt-6-luna', usage: USAGE }),
      store: async () => true,
    });
  } catch (error) {
    if (isAppError(error, 'BUDGET_EXCEEDED') || isAppError(error, 'BUDGET_DEFERRED')) return false;
    throw error;
  }
}
