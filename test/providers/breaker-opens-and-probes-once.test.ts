import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../core/errors';
import { createCallPolicy, type CallPolicy, type CallTarget } from '../../core/providers/policy';
import { assertFailsWith } from './support';

/** For what is about the probe. Everything else takes a circuit that stays open, however long this process stands still. */
const HALF_OPEN_AFTER_MS = 60;
const LONG_MS = 600_000;
const { signal } = new AbortController();

const VERTEX: CallTarget = { provider: 'vertex', operation: 'vision' };
const GROQ: CallTarget = { provider: 'groq', operation: 'speech' };

const unavailable = () => Promise.reject(new AppError('PROVIDER_UNAVAILABLE', 'down'));

describe('the breaker opens and probes once', () => {
  let policy: CallPolicy;
  let calls: number;

  const run = <T>(
    fn: (signal: AbortSignal) => Promise<T>,
    options: { timeoutMs?: number; signal?: AbortSignal } = {},
  ) =>
    policy.run({ ...VERTEX, timeoutMs: options.timeoutMs ?? 60_000 }, options.signal ?? signal, ({ signal: inner }) => {
      calls += 1;
      return fn(inner);
    });
  const states = () => Object.fromEntries(policy.states().map(({ provider, breaker }) => [provider, breaker]));
  const fail = async (times: number) => {
    for (let count = 0; count < times; count++) await assertFailsWith(run(unavailable), 'PROVIDER_UNAVAILABLE');
  };

  const begin = (halfOpenAfterMs: number) => {
    policy = createCallPolicy({ breaker: { consecutiveFailures: 5, halfOpenAfterMs } });
    calls = 0;
  };
  beforeEach(() => begin(LONG_MS));

  it('opens after five provider faults in a row and calls no more', async () => {
    await fail(4);
    assert.deepEqual(states(), { vertex: 'closed' });
    await fail(1);
    assert.deepEqual(states(), { vertex: 'open' });
    await assertFailsWith(run(unavailable), 'BREAKER_OPEN');
    assert.equal(calls, 5);
  });

  it('leaves other providers alone', async () => {
    await fail(5);
    assert.equal(await policy.run(GROQ, signal, () => Promise.resolve('texto')), 'texto');
    assert.deepEqual(states(), { vertex: 'open', groq: 'closed' });
  });

  for (const code of ['PROVIDER_AUTH', 'PROVIDER_QUOTA', 'PROVIDER_RATE_LIMITED'] as const) {
    it(`counts ${code}`, async () => {
      for (let count = 0; count < 5; count++)
        await assertFailsWith(
          run(() => Promise.reject(new AppError(code, ''))),
          code,
        );
      await assertFailsWith(run(unavailable), 'BREAKER_OPEN');
    });
  }

  for (const code of ['CONTENT_BLOCKED', 'MEDIA_CORRUPT', 'DOCUMENT_ENCRYPTED', 'PROVIDER_REJECTED'] as const) {
    it(`does not count ${code}: the provider did its part`, async () => {
      for (let count = 0; count < 12; count++)
        await assertFailsWith(
          run(() => Promise.reject(new AppError(code, ''))),
          code,
        );
      assert.deepEqual(states(), { vertex: 'closed' });
    });
  }

  it('starts counting again after a success', async () => {
    await fail(4);
    await run(() => Promise.resolve('ok'));
    await fail(4);
    assert.deepEqual(states(), { vertex: 'closed' });
  });

  it('lets exactly one probe through; the others are turned away at once', async () => {
    begin(HALF_OPEN_AFTER_MS);
    await fail(5);
    await sleep(HALF_OPEN_AFTER_MS + 20);
    calls = 0;
    let answer = (_text: string): void => {};
    const probe = run(() => new Promise<string>((resolve) => (answer = resolve)));
    const others = Array.from({ length: 20 }, () => assertFailsWith(run(unavailable), 'BREAKER_OPEN'));
    await Promise.all(others);
    assert.deepEqual(states(), { vertex: 'half_open' });
    assert.equal(calls, 1);
    answer('de volta');
    assert.equal(await probe, 'de volta');
    assert.deepEqual(states(), { vertex: 'closed' });
  });

  it('stays open when the probe fails', async () => {
    begin(HALF_OPEN_AFTER_MS);
    await fail(5);
    await sleep(HALF_OPEN_AFTER_MS + 20);
    await fail(1);
    assert.deepEqual(states(), { vertex: 'open' });
  });

  it('is not closed by a probe that the caller cancelled', async () => {
    begin(HALF_OPEN_AFTER_MS);
    await fail(5);
    await sleep(HALF_OPEN_AFTER_MS + 20);
    const controller = new AbortController();
    const probe = run(
      (inner) => new Promise((_resolve, reject) => inner.addEventListener('abort', () => reject(inner.reason))),
      {
        signal: controller.signal,
      },
    );
    const reason = new Error('cancelled');
    controller.abort(reason);
    await assert.rejects(probe, reason);
    assert.deepEqual(states(), { vertex: 'open' });
  });

  it("neither counts nor forgives the caller's abort", async () => {
    await fail(4);
    const reason = new Error('cancelled');
    await assert.rejects(
      run(() => Promise.resolve(), { signal: AbortSignal.abort(reason) }),
      reason,
    );
    await fail(1);
    assert.deepEqual(states(), { vertex: 'open' });
  });

  it('ends a call that ignores its signal', async () => {
    let innerAborted = false;
    await assertFailsWith(
      run(
        (inner) => {
          inner.addEventListener('abort', () => (innerAborted = true));
          return new Promise(() => {});
        },
        { timeoutMs: 50 },
      ),
      'PROVIDER_TIMEOUT',
    );
    assert.ok(innerAborted);
  });
});
