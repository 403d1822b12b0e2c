import assert from 'node:assert/strict';
import type { Database, Tx } from '../../core/database';
import { AppError, isAppError, type ErrorCode } from '../../core/errors';
import { newId } from '../../core/ids';
import { createLedger } from '../../core/money/ledger';
import { paidCall, paidCallFor } from '../../core/money/paid-call';
import { loadPrices } from '../../core/money/price-table';
import type { Reservation } from '../../core/money/types';
import { renderMetrics } from '../../core/observability/metrics';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';

const MODEL = 'gpt-6-luna';
/** $0.10 for a million input tokens. */
const USAGE = { inputTokens: 1_000 };
const COST_MICROS = 100n;

describe('every paid call is one ledger row', () => {
  let db: Database;
  let tenantId: string;
  const ledger = createLedger(loadPrices());
  before(async () => {
    db = testDatabase();
    ({ tenantId } = await newTenant(db));
  });
  after(() => db.close());

  const reservation = (): Reservation => ({
    tenantId,
    activityKey: `test/${newId()}`,
    provider: 'openai',
    model: MODEL,
    operation: 'language',
    subject: {},
    upperBound: { inputTokens: 5_000, outputTokens: 1_000 },
  });
  const rowsOf = ({ activityKey }: Reservation) =>
    db.withTenant(tenantId, (tx) => tx.aiCost.findMany({ where: { tenantId, activityKey } }));
  const answer = async () => ({ model: MODEL, usage: USAGE });

  it('reserves an upper bound before the call and settles what was used', async () => {
    const of = reservation();
    const stored = await paidCall({ db, ledger }, of, {
      call: async () => {
        const [row] = await rowsOf(of);
        assert.equal(row?.status, 'reserved');
        assert.equal(row.reservedMicros, 1_000n);
        assert.equal(row.costMicros, 0n);
        return answer();
      },
      store: async (_tx, result, costMicros) => ({ result, costMicros }),
    });
    assert.equal(stored.costMicros, Number(COST_MICROS));
    const [row, ...others] = await rowsOf(of);
    assert.deepEqual(others, []);
    assert.equal(row?.status, 'settled');
    assert.equal(row.costMicros, COST_MICROS);
    assert.deepEqual(row.usage, USAGE);
  });

  it('is counted under the name that its call has, so that money and calls join', async () => {
    const of = { ...reservation(), provider: 'a-parser-of-its-own', model: 'm', operation: 'document' as const };
    const prices = { ...loadPrices(), priceOf: () => loadPrices().priceOf('openai', MODEL) };
    await paidCall({ db, ledger: createLedger(prices) }, of, { call: answer, store: async () => undefined });
    const { body } = await renderMetrics();
    const lines = body.split('\n').filter((line) => line.includes('provider="a-parser-of-its-own"'));
    assert.deepEqual(
      lines.map((line) => [line.split('{')[0], /operation="(\w+)"/.exec(line)?.[1]]),
      [
        ['ventros_cost_usd_total', 'documents'],
        ['ventros_cost_reservations_total', 'documents'],
      ],
    );
  });

  it('keeps one row for an activity that is tried again because its result could not be stored', async () => {
    const of = reservation();
    const lostAnswer = paidCall({ db, ledger }, of, {
      call: answer,
      store: async () => {
        throw new AppError('DATABASE_ERROR', 'the write after the call failed');
      },
    });
    await assert.rejects(lostAnswer, (error) => isAppError(error, 'DATABASE_ERROR'));
    await paidCall({ db, ledger }, of, { call: answer, store: async () => undefined });
    const rows = await rowsOf(of);
    assert.equal(rows.length, 1);
    assert.equal(rows[0]?.status, 'settled');
    // The provider billed both.
    assert.equal(rows[0].costMicros, 2n * COST_MICROS);
    assert.deepEqual(rows[0].usage, { inputTokens: 2 * USAGE.inputTokens });
    assert.equal(rows[0].attempt, 2);
  });

  it('settles in one piece with the statement that keeps the answer, and counts an answer that could not be kept', async () => {
    const of = reservation();
    const keep = (text: string) => () => ({ statement: { text, values: [] }, storedAs: (rows: unknown[]) => rows });
    const lost = paidCall({ db, ledger }, of, { call: answer, keep: keep('select 1 / 0') });
    await assert.rejects(lost, /division by zero/);
    const kept = await paidCall({ db, ledger }, of, { call: answer, keep: keep('select 7 as seven') });
    assert.deepEqual(kept, [{ seven: 7 }]);
    const [row, ...others] = await rowsOf(of);
    assert.deepEqual(others, []);
    assert.equal(row?.status, 'settled');
    // The provider billed both.
    assert.equal(row.costMicros, 2n * COST_MICROS);
  });

  it('buys what was read in the transaction that reserves for it, or nothing', async () => {
    const of = reservation();
    const { activityKey } = of;
    const steps = { call: answer, store: async (_tx: Tx, _result: unknown, costMicros: number) => costMicros };
    const read = async (tx: Tx) =>
      (await tx.aiCost.count({ where: { tenantId, activityKey } })) === 0 ? { reservation: of, steps } : null;
    assert.equal(await paidCallFor({ db, ledger }, { tenantId, read }), Number(COST_MICROS));
    assert.equal(await paidCallFor({ db, ledger }, { tenantId, read }), null);
    const [row, ...others] = await rowsOf(of);
    assert.deepEqual(others, []);
    assert.equal(row?.attempt, 1);
  });

  it('gives the reservation back when what the call needs cannot be made ready, whatever the reason', async () => {
    const of = reservation();
    const error = new AppError('TIMEOUT', 'the conversion took too long');
    const isNotCalled = () => assert.fail('called');
    const steps = { prepare: () => Promise.reject(error), call: isNotCalled, store: isNotCalled };
    const read = () => Promise.resolve({ reservation: of, steps });
    await assert.rejects(paidCallFor({ db, ledger }, { tenantId, read }), error);
    const [row] = await rowsOf(of);
    assert.equal(row?.status, 'released');
    assert.deepEqual([row.costMicros, row.uncertainMicros], [0n, 0n]);
  });

  const NOT_BILLED = [
    new AppError('PROVIDER_UNAVAILABLE', 'down', { details: { status: 503 } }),
    new AppError('PROVIDER_UNAVAILABLE', 'nobody there', { cause: { cause: { code: 'ECONNREFUSED' } } }),
    new AppError('PROVIDER_RATE_LIMITED', 'slow down', { details: { status: 429 } }),
    new AppError('MODEL_OUTPUT_INVALID', 'refused', { details: { status: 400 } }),
    new AppError('BREAKER_OPEN', 'left alone'),
  ];
  for (const error of NOT_BILLED) {
    it(`gives the reservation of a call back that was not billed: ${error.code}, ${error.message}`, async () => {
      const of = reservation();
      await failWith(of, error);
      const [row] = await rowsOf(of);
      assert.equal(row?.status, 'released');
      assert.deepEqual([row.costMicros, row.uncertainMicros], [0n, 0n]);
    });
  }

  const UNKNOWN = [
    new AppError('PROVIDER_TIMEOUT', 'no answer'),
    new AppError('PROVIDER_UNAVAILABLE', 'the answer broke off', { cause: { code: 'ECONNRESET' } }),
    new DOMException('cancelled', 'AbortError'),
  ];
  for (const error of UNKNOWN) {
    it(`keeps what a call may have cost whose answer was lost: ${error.message}`, async () => {
      const of = reservation();
      await failWith(of, error);
      const [row] = await rowsOf(of);
      assert.equal(row?.status, 'settled');
      assert.deepEqual([row.costMicros, row.uncertainMicros], [0n, row.reservedMicros]);
      await paidCall({ db, ledger }, of, { call: answer, store: async () => undefined });
      const [retried] = await rowsOf(of);
      assert.deepEqual([retried?.costMicros, retried?.uncertainMicros], [COST_MICROS, row.reservedMicros]);
    });
  }

  it('forgets what a call may have cost when the next one went on with the same job', async () => {
    const of = reservation();
    await failWith(of, new AppError('PROVIDER_TIMEOUT', 'no answer'));
    await paidCall({ db, ledger }, { ...of, resumes: true }, { call: answer, store: async () => undefined });
    const [row] = await rowsOf(of);
    assert.deepEqual([row?.costMicros, row?.uncertainMicros], [COST_MICROS, 0n]);
  });

  for (const code of ['CONTENT_BLOCKED', 'MODEL_OUTPUT_INVALID'] satisfies ErrorCode[]) {
    it(`settles what the provider bills for a call that ends in ${code}`, async () => {
      const of = reservation();
      await failWith(
        of,
        new AppError(code, 'no answer', { details: { provider: 'openai', model: MODEL, usage: USAGE } }),
      );
      const [row] = await rowsOf(of);
      assert.equal(row?.status, 'settled');
      assert.equal(row.costMicros, COST_MICROS);
      assert.deepEqual(row.usage, USAGE);
    });
  }

  for (const usage of [{}, { inputTokens: 0, outputTokens: 0 }]) {
    it(`settles at the reservation when the answer counts nothing: ${JSON.stringify(usage)}`, async () => {
      const of = reservation();
      await paidCall({ db, ledger }, of, { call: async () => ({ model: MODEL, usage }), store: async () => undefined });
      const [row] = await rowsOf(of);
      assert.equal(row?.status, 'settled');
      assert.equal(row.costMicros, row.reservedMicros);
      assert.deepEqual(row.usage, { ...of.upperBound, estimated: true });
    });
  }

  it('outlives the longest call', async () => {
    const of = reservation();
    await paidCall({ db, ledger }, of, { call: answer, store: async () => undefined });
    const [row] = await rowsOf(of);
    assert.ok(row && row.expiresAt.getTime() - row.createdAt.getTime() > 1_200_000);
  });

  it('does not take back what an earlier attempt cost when a later one fails', async () => {
    const of = reservation();
    await paidCall({ db, ledger }, of, { call: answer, store: async () => undefined });
    await failWith(of, new AppError('PROVIDER_TIMEOUT', 'slow'));
    const [row] = await rowsOf(of);
    assert.equal(row?.status, 'settled');
    assert.equal(row.costMicros, COST_MICROS);
  });

  it('calls nobody when the model has no price', async () => {
    const of = { ...reservation(), model: 'gpt-from-tomorrow' };
    const refused = paidCall({ db, ledger }, of, {
      call: () => assert.fail('the provider was called'),
      store: async () => undefined,
    });
    await assert.rejects(refused, (error) => isAppError(error, 'PRICE_UNKNOWN'));
    assert.deepEqual(await rowsOf(of), []);
  });

  function failWith(of: Reservation, error: Error): Promise<void> {
    const failing = paidCall({ db, ledger }, of, {
      call: () => Promise.reject(error),
      store: async () => assert.fail('nothing was bought'),
    });
    return assert.rejects(failing, error);
  }
});
