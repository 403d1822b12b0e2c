import assert from 'node:assert/strict';
import type { Database } from '../../core/database';
import { AppError } from '../../core/errors';
import { newId } from '../../core/ids';
import { createBudget, getBudget } from '../../core/money/budgets';
import type { InvoiceLine, InvoiceUnit } from '../../core/money/invoice';
import { bookResolutions, checkInvoice } from '../../core/money/invoice-check';
import { createLedger } from '../../core/money/ledger';
import { paidCall } from '../../core/money/paid-call';
import { loadPrices } from '../../core/money/price-table';
import type { Usage } from '../../core/providers/ports';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';

/** $1 for a million input tokens, $0.05 for cached ones: a token is a micro-dollar. */
const MODEL = 'gpt-6.1-terra';
const BOUND = { inputTokens: 1_000 };

describe('an invoice is held against the ledger', () => {
  let db: Database;
  let tenantId: string;
  const ledger = createLedger(loadPrices());
  before(() => (db = testDatabase()));
  beforeEach(async () => {
    ({ tenantId } = await newTenant(db));
  });
  after(() => db.close());

  const reservation = (activityKey: string = newId()) => ({
    ...{ tenantId, activityKey, provider: 'openai', model: MODEL, operation: 'language' as const },
    ...{ subject: {}, upperBound: BOUND },
  });
  const spend = (usage: Usage, { id, key }: { id?: string; key?: string } = {}) =>
    paidCall({ db, ledger }, reservation(key), {
      call: async () => ({ model: MODEL, usage, ...(id ? { requestIds: [id] } : {}) }),
      store: async () => undefined,
    });
  const lose = (key?: string) =>
    assert.rejects(
      paidCall({ db, ledger }, reservation(key), {
        call: () => Promise.reject(new AppError('PROVIDER_TIMEOUT', 'no answer')),
        store: async () => undefined,
      }),
    );
  let at = 0;
  const line = (unit: InvoiceUnit, quantity: number, amountMicros: number, requestId: string | null): InvoiceLine => ({
    ...{ line: ++at, provider: 'openai', model: MODEL, unit, quantity, amountMicros, requestId, at: new Date() },
  });
  const check = (...lines: InvoiceLine[]) => checkInvoice(db, lines, { tenantIds: [tenantId] });
  const kinds = async (...lines: InvoiceLine[]) => {
    const { differences, resolutions } = await check(...lines);
    return [
      ...differences.map(({ kind, unit }) => (unit ? `${kind} ${unit}` : kind)),
      ...resolutions.map((r) => r.kind),
    ];
  };

  it('agrees on calls that are named, cached tokens and fractions of a micro-dollar included', async () => {
    await spend({ inputTokens: 100, cachedInputTokens: 30 }, { id: 'one' });
    const invoice = [line('input_tokens', 70, 70, 'one'), line('cached_input_tokens', 30, 1.5, 'one')];
    const { differences, matchedCalls, ledgerMicros } = await check(...invoice);
    assert.deepEqual([differences, matchedCalls, ledgerMicros], [[], 1, 72]);
  });

  it('agrees on calls that are added up, each rounded up in the ledger', async () => {
    for (let call = 0; call < 3; call++) await spend({ inputTokens: 10, cachedInputTokens: 1 });
    assert.deepEqual(await kinds(line('input_tokens', 27, 27, null), line('cached_input_tokens', 3, 0.15, null)), []);
  });

  it('tells what is missing on either side', async () => {
    await spend({ inputTokens: 100 }, { id: 'ours' });
    assert.deepEqual(await kinds(line('input_tokens', 5, 5, 'theirs')), ['missing_in_ledger', 'missing_in_invoice']);
  });

  it('tells other quantities from other prices', async () => {
    await spend({ inputTokens: 100 }, { id: 'one' });
    assert.deepEqual(await kinds(line('input_tokens', 120, 120, 'one')), ['quantity_differs input_tokens']);
    assert.deepEqual(await kinds(line('input_tokens', 100, 120, 'one')), ['price_differs']);
    assert.deepEqual(await kinds(line('input_tokens', 100, 80, 'one')), ['price_differs']);
  });

  it('tells a sum that is too high, too low, or of another price', async () => {
    await spend({ inputTokens: 100 });
    await spend({ inputTokens: 100 });
    assert.deepEqual(await kinds(line('input_tokens', 300, 300, null)), ['quantity_differs input_tokens']);
    assert.deepEqual(await kinds(line('input_tokens', 100, 100, null)), ['quantity_differs input_tokens']);
    assert.deepEqual(await kinds(line('input_tokens', 200, 250, null)), ['price_differs']);
  });

  it('tells an amount from a price when the quantities were estimated', async () => {
    await spend({}, { id: 'one' });
    assert.deepEqual(await kinds(line('input_tokens', 700, 700, 'one')), ['amount_differs']);
  });

  it('tolerates what an invoice rounds, if asked to', async () => {
    await spend({ inputTokens: 100 }, { id: 'one' });
    const rounded = [line('input_tokens', 100, 110, 'one')];
    const { differences } = await checkInvoice(db, rounded, { tenantIds: [tenantId], toleranceMicros: 10 });
    assert.deepEqual(differences, []);
  });

  it('finds a retry that was billed twice among the lost answers, and the one that was not', async () => {
    const key = newId();
    await lose(key);
    await spend({ inputTokens: 100 }, { id: 'second', key });
    await lose();
    const invoice = [line('input_tokens', 90, 90, 'first'), line('input_tokens', 100, 100, 'second')];
    const found = await check(...invoice);
    assert.deepEqual(found.differences, []);
    assert.deepEqual(found.resolutions.map(({ kind, billedMicros }) => [kind, billedMicros]).sort(), [
      ['billed', 90],
      ['not_billed', 0],
    ]);
    assert.equal(await bookResolutions(db, found.resolutions), 2);
    const again = await check(...invoice);
    assert.deepEqual(
      [again.differences, again.resolutions, again.ledgerMicros, again.uncertainMicros],
      [[], [], 190, 0],
    );
  });

  it('does not take for a lost answer what costs more than it can have cost', async () => {
    await lose();
    const found = await check(line('input_tokens', 1_001, 1_001, 'dear'));
    assert.deepEqual(
      found.differences.map(({ kind }) => kind),
      ['missing_in_ledger'],
    );
  });

  it('finds the call of a process that died with it, and books it into the budget', async () => {
    const budget = await db.withTenant(tenantId, (tx) =>
      createBudget(tx, tenantId, { scope: 'tenant', period: 'day', capMicros: 10_000 }),
    );
    const died = reservation();
    await ledger.reserve(db, died);
    assert.deepEqual(await kinds(line('input_tokens', 400, 400, 'lost')), ['under_way']);
    await db.withTenant(
      tenantId,
      (tx) =>
        tx.$executeRaw`update ai_costs set expires_at = now() - interval '1 second' where tenant_id = ${tenantId}::uuid`,
    );
    const { differences, resolutions } = await check(line('input_tokens', 400, 400, 'lost'));
    assert.deepEqual([differences, resolutions.map(({ kind }) => kind)], [[], ['billed']]);
    await bookResolutions(db, resolutions);
    const { spentMicros } = await db.withTenant(tenantId, (tx) => getBudget(tx, tenantId, budget.id));
    assert.equal(spentMicros, 400n);
  });

  it('gives a budget back what the invoice does not list', async () => {
    const { id } = await db.withTenant(tenantId, (tx) =>
      createBudget(tx, tenantId, { scope: 'tenant', period: 'day', capMicros: 1_000 }),
    );
    const look = async () => {
      const { state, uncertainMicros } = await db.withTenant(tenantId, (tx) => getBudget(tx, tenantId, id));
      return [state, uncertainMicros];
    };
    await lose();
    assert.deepEqual(await look(), ['human', 1_000n]);
    const sum = await check(line('input_tokens', 0, 0, null));
    assert.deepEqual(sum.differences, []);
    await bookResolutions(db, sum.resolutions);
    assert.deepEqual(await look(), ['normal', 0n]);
    const events = await db.withTenant(tenantId, (tx) =>
      tx.outboxEvent.findMany({
        where: { tenantId, eventType: 'budget.state_changed' },
        orderBy: { sequence: 'desc' },
      }),
    );
    assert.equal((events[0]?.eventData as { reason?: string }).reason, 'reconciled');
  });

  it('books the rest of a sum on the lost answers of its model', async () => {
    await spend({ inputTokens: 100 });
    await lose();
    const invoice = [line('input_tokens', 350, 350, null)];
    const found = await check(...invoice);
    assert.deepEqual([found.differences, found.resolutions.map(({ kind }) => kind)], [[], ['billed']]);
    await bookResolutions(db, found.resolutions);
    assert.deepEqual(await kinds(...invoice), []);
  });
});
