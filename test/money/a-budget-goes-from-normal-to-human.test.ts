import assert from 'node:assert/strict';
import type { Database } from '../../core/database';
import { isAppError } from '../../core/errors';
import { newId } from '../../core/ids';
import {
  changeBudget,
  createBudget,
  deleteBudget,
  getBudget,
  listBudgets,
  type NewBudget,
} from '../../core/money/budgets';
import { createLedger } from '../../core/money/ledger';
import { paidCall } from '../../core/money/paid-call';
import { loadPrices } from '../../core/money/price-table';
import type { Reservation } from '../../core/money/types';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';

/** $1 for a million input tokens: a token is a micro-dollar. */
const MODEL = 'gpt-6.1-terra';
const CHEAPER = 'gpt-6-luna';

describe('a budget goes from normal to human', () => {
  let db: Database;
  let tenantId: string;
  const ledger = createLedger(loadPrices());
  before(() => (db = testDatabase()));
  beforeEach(async () => {
    ({ tenantId } = await newTenant(db));
  });
  after(() => db.close());

  const reservation = (micros: number, more: Partial<Reservation> = {}): Reservation => ({
    tenantId,
    activityKey: `test/${newId()}`,
    provider: 'openai',
    model: MODEL,
    operation: 'language',
    subject: {},
    upperBound: { inputTokens: micros },
    ...more,
  });
  const spend = (micros: number, more: Partial<Reservation> = {}) =>
    paidCall({ db, ledger }, reservation(micros, more), {
      call: async ({ model }) => ({ model, usage: { inputTokens: micros } }),
      store: async (_tx, { model }) => model,
    });
  const make = (budget: Partial<NewBudget> = {}) =>
    db.withTenant(tenantId, (tx) =>
      createBudget(tx, tenantId, { scope: 'tenant', period: 'day', capMicros: 10_000, ...budget }),
    );
  const look = (id: string) => db.withTenant(tenantId, (tx) => getBudget(tx, tenantId, id));
  const events = async () => {
    const rows = await db.withTenant(tenantId, (tx) =>
      tx.outboxEvent.findMany({ where: { tenantId, aggregateType: 'budget' }, orderBy: { sequence: 'asc' } }),
    );
    return rows.map(({ eventType, eventData }) => {
      const { from, to, percent, reason } = eventData as Record<string, unknown>;
      return eventType === 'budget.warning' ? `warning ${percent}` : `${from} → ${to}: ${reason}`;
    });
  };
  const refusedWith = (code: 'BUDGET_EXCEEDED' | 'BUDGET_DEFERRED', reason: string) => (error: unknown) =>
    isAppError(error, code) && error.retryClass === 'expected' && error.details['reason'] === reason;

  it('tells each step and each warning once, with its reason', async () => {
    const { id } = await make();
    for (let call = 0; call < 10; call++) await spend(1_000);
    const budget = await look(id);
    assert.equal(budget.state, 'human');
    assert.equal(budget.spentPercent, 100);
    assert.deepEqual(await events(), [
      'warning 50',
      'warning 80',
      'normal → cheaper_model: spent',
      'cheaper_model → enrichment_deferred: spent',
      'warning 100',
      'enrichment_deferred → human: spent',
    ]);
  });

  it('uses the cheaper model, at its price, from the first threshold on', async () => {
    await make({ cheaperPercent: 50 });
    assert.equal(await spend(5_000, { cheaperModel: CHEAPER }), MODEL);
    const of = reservation(1_000, { cheaperModel: CHEAPER });
    const hold = await ledger.reserve(db, of);
    assert.deepEqual([hold.model, hold.reservedMicros, hold.state], [CHEAPER, 100, 'cheaper_model']);
    await ledger.settle(db, hold, { model: CHEAPER, usage: { inputTokens: 1_000 } });
    const row = await db.withTenant(tenantId, (tx) =>
      tx.aiCost.findFirst({ where: { tenantId, activityKey: of.activityKey } }),
    );
    assert.deepEqual([row?.model, row?.costMicros], [CHEAPER, 100n]);
    // Without a cheaper model the usual one goes on.
    assert.equal(await spend(10), MODEL);
  });

  it('lets what can wait wait, while customers are still answered', async () => {
    await make();
    await spend(9_000);
    for (const operation of ['vision', 'speech', 'document', 'embedding'] as const)
      await assert.rejects(
        ledger.reserve(db, { ...reservation(1, { operation }), upperBound: { inputTokens: 1 } }),
        refusedWith('BUDGET_DEFERRED', 'enrichment_deferred'),
      );
    await assert.rejects(spend(1, { purpose: 'background' }), refusedWith('BUDGET_DEFERRED', 'enrichment_deferred'));
    await spend(500);
    await spend(500, { operation: 'embedding', purpose: 'reply' });
    await assert.rejects(spend(1), refusedWith('BUDGET_EXCEEDED', 'human'));
    const { deferred } = await db.withTenant(tenantId, async (tx) => ({
      deferred: await tx.aiCost.count({ where: { tenantId } }),
    }));
    assert.equal(deferred, 3, 'a refused call left a row');
  });

  it('goes on for free work, whatever is spent', async () => {
    await make({ capMicros: 0 });
    const free = { provider: 'local', model: 'local-hash-768-v1', operation: 'embedding' as const };
    await spend(5_000, free);
    await assert.rejects(spend(1), refusedWith('BUDGET_EXCEEDED', 'human'));
  });

  it('says human when too little is left to answer, and tells calls under way from an empty purse', async () => {
    const { id } = await make({ capMicros: 1_000 });
    const hold = await ledger.reserve(db, reservation(600));
    await assert.rejects(spend(600), refusedWith('BUDGET_DEFERRED', 'held_by_calls'));
    await ledger.settle(db, hold, { model: MODEL, usage: { inputTokens: 500 } });
    await assert.rejects(spend(600), refusedWith('BUDGET_EXCEEDED', 'does_not_fit'));
    assert.equal((await look(id)).state, 'human');
    assert.deepEqual(await events(), ['warning 50', 'normal → human: does_not_fit']);
    await spend(500);
  });

  it('takes a cap below what is spent, with the state that follows from it', async () => {
    await spend(700);
    const { id, state, spentMicros, remainingMicros, spentPercent } = await make({ capMicros: 500 });
    assert.deepEqual([state, spentMicros, remainingMicros, spentPercent], ['human', 700n, 0n, 140]);
    assert.deepEqual(await events(), ['warning 50', 'warning 80', 'warning 100', 'normal → human: new_budget']);
    await assert.rejects(spend(1), refusedWith('BUDGET_EXCEEDED', 'human'));

    const raised = await db.withTenant(tenantId, (tx) => changeBudget(tx, tenantId, id, { capMicros: 10_000 }));
    assert.deepEqual([raised.state, raised.version], ['normal', 2]);
    await spend(1);
    const lowered = await db.withTenant(tenantId, (tx) => changeBudget(tx, tenantId, id, { capMicros: 750 }));
    assert.equal(lowered.state, 'enrichment_deferred');
    assert.deepEqual((await events()).slice(4), ['human → normal: changed', 'normal → enrichment_deferred: changed']);
  });

  it('begins anew with the next day of the tenant, and tells so', async () => {
    const { id } = await make();
    await spend(10_000);
    await db.withTenant(
      tenantId,
      (tx) => tx.$executeRaw`update budget_windows set starts_at = starts_at - interval '1 day',
        ends_at = ends_at - interval '1 day' where tenant_id = ${tenantId}::uuid`,
    );
    await db.withTenant(
      tenantId,
      (tx) => tx.$executeRaw`update ai_costs set created_at = created_at - interval '1 day'
        where tenant_id = ${tenantId}::uuid`,
    );
    assert.deepEqual([(await look(id)).state, (await look(id)).spentMicros], ['normal', 0n]);
    await spend(1_000);
    assert.equal((await look(id)).spentMicros, 1_000n);
    assert.equal((await events()).at(-1), 'human → normal: new_period');
  });

  it('keeps the day of the tenant, not of the server', async () => {
    await db.withTenant(
      tenantId,
      (tx) => tx.$executeRaw`update projects set timezone = 'Pacific/Kiritimati' where id = ${tenantId}::uuid`,
    );
    const { windowStartsAt, windowEndsAt } = await make();
    assert.equal(windowStartsAt.getUTCHours(), 10);
    assert.equal(windowEndsAt.getTime() - windowStartsAt.getTime(), 24 * 3_600_000);
  });

  it('keeps what was spent when the tenant moves to another time zone', async () => {
    const { id } = await make({ period: 'month' });
    await spend(4_000);
    await db.withTenant(
      tenantId,
      (tx) => tx.$executeRaw`update projects set timezone = 'Europe/Lisbon' where id = ${tenantId}::uuid`,
    );
    await spend(1_000);
    assert.equal((await look(id)).spentMicros, 5_000n);
  });

  it('ends calls under way of a budget that was deleted', async () => {
    const { id } = await make();
    const hold = await ledger.reserve(db, reservation(100));
    await db.withTenant(tenantId, (tx) => deleteBudget(tx, tenantId, id));
    await ledger.settle(db, hold, { model: MODEL, usage: { inputTokens: 90 } });
    const page = await db.withTenant(tenantId, (tx) => listBudgets(tx, tenantId, { limit: 10, after: null }));
    assert.deepEqual(page.items, []);
    await spend(1_000_000);
  });
});
