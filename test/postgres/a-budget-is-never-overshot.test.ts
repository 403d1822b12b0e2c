import assert from 'node:assert/strict';
import { createDatabase, type Database } from '../../core/database';
import { AppError, isAppError } from '../../core/errors';
import { newId } from '../../core/ids';
import { createBudget, getBudget } from '../../core/money/budgets';
import { expireAllReservations } from '../../core/money/expire';
import { createLedger } from '../../core/money/ledger';
import { paidCall } from '../../core/money/paid-call';
import { loadPrices } from '../../core/money/price-table';
import type { Reservation } from '../../core/money/types';
import { testDatabaseUrl } from '../support/database';
import { newTenant } from '../support/tenant';

const CALLS = 200;
const COVERED = 20;
const EXACT = { inputTokens: 10_000, outputTokens: 1_000 };
/** gpt-6-luna: $0.10 and $0.50 for a million. */
const COST_MICROS = 1_500;

describe('a budget is never overshot, at any concurrency', () => {
  let db: Database;
  let tenantId: string;
  const ledger = createLedger(loadPrices());
  before(() => {
    db = createDatabase({ url: testDatabaseUrl(), maxConnections: 40, preparedStatements: true });
  });
  beforeEach(async () => {
    ({ tenantId } = await newTenant(db));
  });
  after(() => db.close());

  const budgetOf = (capMicros: number) =>
    db.withTenant(tenantId, (tx) => createBudget(tx, tenantId, { scope: 'tenant', period: 'day', capMicros }));
  const look = (id: string) => db.withTenant(tenantId, (tx) => getBudget(tx, tenantId, id));
  const reservation = (activityKey = `test/${newId()}`): Reservation => ({
    tenantId,
    activityKey,
    provider: 'openai',
    model: 'gpt-6-luna',
    operation: 'language',
    subject: {},
    upperBound: EXACT,
  });
  const call = (of: Reservation, usage = EXACT) =>
    paidCall({ db, ledger }, of, {
      call: async () => ({ model: 'gpt-6-luna', usage }),
      store: async () => 'served' as const,
    }).catch((error: unknown) => {
      if (isAppError(error, 'BUDGET_EXCEEDED') || isAppError(error, 'BUDGET_DEFERRED')) return 'refused' as const;
      throw error;
    });
  const spentInLedger = async () => {
    const { _sum } = await db.withTenant(tenantId, (tx) =>
      tx.aiCost.aggregate({ where: { tenantId }, _sum: { costMicros: true } }),
    );
    return _sum.costMicros ?? 0n;
  };

  it('serves exactly as many calls as it covers when the estimates are exact', async () => {
    const { id } = await budgetOf(COST_MICROS * COVERED);
    const outcomes = await Promise.all(Array.from({ length: CALLS }, () => call(reservation())));
    assert.equal(outcomes.filter((outcome) => outcome === 'served').length, COVERED);
    const budget = await look(id);
    assert.equal(budget.spentMicros, BigInt(COST_MICROS * COVERED));
    assert.equal(budget.reservedMicros, 0n);
    assert.equal(await spentInLedger(), budget.spentMicros);
  });

  it('stays within the cap to the micro-dollar when calls use less than was reserved', async () => {
    const capMicros = COST_MICROS * COVERED + 1;
    const { id } = await budgetOf(capMicros);
    let served = 0;
    for (let round = 0; round < 4; round++) {
      const usage = { inputTokens: 9_999 - round, outputTokens: 1 + round };
      const outcomes = await Promise.all(Array.from({ length: CALLS / 2 }, () => call(reservation(), usage)));
      served += outcomes.filter((outcome) => outcome === 'served').length;
    }
    const budget = await look(id);
    assert.ok(budget.spentMicros <= BigInt(capMicros), `${budget.spentMicros} of ${capMicros}`);
    assert.ok(served >= COVERED, `${served} served`);
    assert.equal(await spentInLedger(), budget.spentMicros);
    assert.equal(budget.reservedMicros, 0n);
  });

  it('loses no reservation of a thousand crashes once they expire, and gives each back once', async () => {
    const { id } = await budgetOf(COST_MICROS * 1_000);
    const crashes = Array.from({ length: 1_000 }, () => reservation());
    for (let from = 0; from < crashes.length; from += 100)
      await Promise.all(crashes.slice(from, from + 100).map((of) => ledger.reserve(db, of)));
    assert.equal((await look(id)).remainingMicros, 0n);
    assert.equal(await call(reservation()), 'refused');
    await db.withTenant(
      tenantId,
      (tx) =>
        tx.$executeRaw`update ai_costs set expires_at = now() - interval '1 second' where tenant_id = ${tenantId}::uuid`,
    );
    // A view shows them free before anybody has swept.
    assert.equal((await look(id)).remainingMicros, BigInt(COST_MICROS * 1_000));
    await Promise.all([expireAllReservations(db), expireAllReservations(db), expireAllReservations(db)]);
    const [window] = await db.withTenant(tenantId, (tx) => tx.budgetWindow.findMany({ where: { tenantId } }));
    assert.equal(window?.reservedMicros, 0n);
    assert.equal(
      await db.withTenant(tenantId, (tx) => tx.aiCost.count({ where: { tenantId, status: 'reserved' } })),
      0,
    );
    assert.equal(await call(reservation()), 'served');
  });

  it('gives expired reservations back by itself when they are all that is in the way', async () => {
    const { id } = await budgetOf(COST_MICROS);
    const crashed = reservation();
    const hold = await ledger.reserve(db, crashed);
    await db.withTenant(
      tenantId,
      (tx) =>
        tx.$executeRaw`update ai_costs set expires_at = now() - interval '1 second' where tenant_id = ${tenantId}::uuid`,
    );
    assert.equal(await call(reservation()), 'served');
    // The answer of the call that was given up arrives: the provider bills it, so it counts.
    await ledger.settle(db, hold, { model: 'gpt-6-luna', usage: EXACT });
    const budget = await look(id);
    assert.equal(budget.spentMicros, BigInt(2 * COST_MICROS));
    assert.equal(budget.reservedMicros, 0n);
    assert.equal(budget.state, 'human');
  });

  it('reserves once for an activity, however often it is tried and however many try at once', async () => {
    const { id } = await budgetOf(COST_MICROS * 3);
    const of = reservation();
    const holds = await Promise.all(Array.from({ length: 20 }, () => ledger.reserve(db, of)));
    assert.equal((await look(id)).reservedMicros, BigInt(COST_MICROS));
    const last = holds.find(({ attempt }) => attempt === 20);
    assert.ok(last);
    for (const hold of holds.filter((hold) => hold !== last)) await ledger.release(db, hold);
    assert.equal(
      (await look(id)).reservedMicros,
      BigInt(COST_MICROS),
      'an overtaken try gave away what is not its own',
    );
    await ledger.settle(db, last, { model: 'gpt-6-luna', usage: EXACT });
    const budget = await look(id);
    assert.deepEqual([budget.spentMicros, budget.reservedMicros], [BigInt(COST_MICROS), 0n]);
  });

  it('opens a window with everything that was spent before it, while calls go on', async () => {
    const calls = Array.from({ length: 100 }, () => call(reservation()));
    const created = budgetOf(COST_MICROS * 1_000);
    await Promise.all([...calls, created]);
    const budget = await look((await created).id);
    assert.equal(budget.spentMicros, BigInt(100 * COST_MICROS));
    assert.equal(budget.reservedMicros, 0n);
  });

  it('holds the caps of several budgets at once', async () => {
    const conversations = [newId(), newId()];
    const agentId = newId();
    const day = await budgetOf(COST_MICROS * 30);
    const [first, second, agent] = await db.withTenant(tenantId, async (tx) => {
      const make = async (scope: 'conversation' | 'agent' | 'campaign', subjectId: string, covered: number) => {
        const id = newId();
        await tx.budget.create({
          data: { id, tenantId, scope, subjectId, period: 'month', capMicros: COST_MICROS * covered },
        });
        return id;
      };
      return [
        await make('conversation', conversations[0] ?? '', 10),
        await make('conversation', conversations[1] ?? '', 100),
        await make('agent', agentId, 25),
      ];
    });
    const outcomes = await Promise.all(
      Array.from({ length: CALLS }, (_, index) =>
        call({ ...reservation(), subject: { conversationId: conversations[index % 2] ?? null, agentId } }),
      ),
    );
    assert.equal(outcomes.filter((outcome) => outcome === 'served').length, 25);
    const spent = async (id: string | undefined) => (await look(id ?? '')).spentMicros / BigInt(COST_MICROS);
    assert.equal(await spent(agent), 25n);
    assert.equal(await spent(day.id), 25n);
    assert.ok((await spent(first)) <= 10n);
    assert.equal((await spent(first)) + (await spent(second)), 25n);
  });

  it('counts a failed call only when it may have been billed', async () => {
    const { id } = await budgetOf(COST_MICROS * 10);
    const fail = (error: AppError) =>
      assert.rejects(
        paidCall({ db, ledger }, reservation(), {
          call: () => Promise.reject(error),
          store: async () => assert.fail('nothing was bought'),
        }),
      );
    await Promise.all(
      Array.from({ length: 20 }, () =>
        fail(new AppError('PROVIDER_UNAVAILABLE', 'down', { details: { status: 503 } })).catch((error: unknown) => {
          if (!isAppError(error)) throw error;
        }),
      ),
    );
    assert.equal((await look(id)).remainingMicros, BigInt(COST_MICROS * 10));
    await fail(new AppError('PROVIDER_TIMEOUT', 'no answer'));
    const budget = await look(id);
    assert.equal(budget.spentMicros, 0n);
    assert.equal(budget.uncertainMicros, BigInt(COST_MICROS));
    assert.equal(budget.remainingMicros, BigInt(COST_MICROS * 9));
  });
});
