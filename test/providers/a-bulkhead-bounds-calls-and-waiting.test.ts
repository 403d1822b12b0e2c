import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../core/errors';
import { createCallPolicy, limitsOf, type CallPolicy, type CallTarget } from '../../core/providers/policy';
import { assertFailsWith } from './support';

const VISION: CallTarget = { provider: 'vertex', operation: 'vision' };
const { signal } = new AbortController();

/** Calls that end when they are told to. */
function heldCalls() {
  const held: (() => void)[] = [];
  let running = 0;
  let most = 0;
  return {
    call: async (): Promise<string> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => held.push(resolve));
      running -= 1;
      return 'texto';
    },
    releaseOne: () => held.shift()?.(),
    releaseAll: () => held.splice(0).forEach((release) => release()),
    most: () => most,
    count: () => held.length,
  };
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(1);
}

describe('a bulkhead bounds calls and waiting', () => {
  let policy: CallPolicy;
  beforeEach(() => {
    policy = createCallPolicy();
  });
  const bulkhead = () => policy.states()[0]?.bulkhead;

  it('lets ten calls of a model run, and the next ones in the order in which they came', async () => {
    const calls = heldCalls();
    const order: number[] = [];
    const all = Array.from({ length: 30 }, (_, index) =>
      policy.run(VISION, signal, async () => {
        order.push(index);
        return calls.call();
      }),
    );
    await until(() => calls.count() === 10);
    assert.deepEqual(bulkhead(), { maxConcurrent: 10, inUse: 10, waiting: 20, rejected: 0 });
    const end = Promise.all(all);
    for (let ended = 0; ended < 30; ended++) {
      await until(() => calls.count() > 0);
      calls.releaseOne();
    }
    await end;
    assert.equal(calls.most(), 10);
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
    assert.deepEqual(bulkhead(), { maxConcurrent: 10, inUse: 0, waiting: 0, rejected: 0 });
  });

  it('turns a call away that found no place for as long as it might itself take', async () => {
    const calls = heldCalls();
    const running = Array.from({ length: 10 }, () => policy.run(VISION, signal, calls.call));
    const late = policy.run({ ...VISION, timeoutMs: 30 }, signal, calls.call);
    const error = await assertFailsWith(late, 'BULKHEAD_FULL');
    assert.equal(error.retryClass, 'transient');
    assert.equal(bulkhead()?.rejected, 1);
    assert.equal(calls.count(), 10);
    calls.releaseAll();
    await Promise.all(running);
    await Promise.all([
      policy.run(VISION, signal, calls.call),
      until(() => calls.count() === 1).then(calls.releaseAll),
    ]);
  });

  it('waits a minute at most, however long the call may take', () => {
    assert.equal(limitsOf({ provider: 'llamaparse', operation: 'documents' }).maxWaitMs, 60_000);
    assert.equal(limitsOf({ provider: 'waha', operation: 'send' }).maxConcurrent, 20);
  });

  it('gives the place of a caller that gave up to the next', async () => {
    const calls = heldCalls();
    const running = Array.from({ length: 10 }, () => policy.run(VISION, signal, calls.call));
    const leaving = new AbortController();
    const left = policy.run(VISION, leaving.signal, calls.call);
    const next = policy.run(VISION, signal, calls.call);
    const reason = new Error('cancelled');
    leaving.abort(reason);
    await assert.rejects(left, reason);
    calls.releaseOne();
    await until(() => calls.count() === 10);
    assert.equal(bulkhead()?.waiting, 0);
    calls.releaseAll();
    await Promise.all([...running, next]);
  });

  it('does not let those that waited in, once the circuit has opened', async () => {
    let called = 0;
    const down = async (): Promise<never> => {
      called += 1;
      await sleep(20);
      throw new AppError('PROVIDER_UNAVAILABLE', 'down');
    };
    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, () => policy.run(VISION, signal, down)));
    // Four failures let four more in; the fifth opens the circuit.
    assert.equal(called, 14);
    const open = outcomes.filter(
      (outcome) =>
        outcome.status === 'rejected' && outcome.reason instanceof AppError && outcome.reason.code === 'BREAKER_OPEN',
    );
    assert.equal(open.length, 26);
  });

  it('keeps the operations and providers apart', async () => {
    const calls = heldCalls();
    const running = Array.from({ length: 10 }, () => policy.run(VISION, signal, calls.call));
    assert.equal(await policy.run({ provider: 'groq', operation: 'speech' }, signal, () => Promise.resolve('a')), 'a');
    assert.equal(
      await policy.run({ provider: 'vertex', operation: 'embeddings' }, signal, () => Promise.resolve('b')),
      'b',
    );
    calls.releaseAll();
    await Promise.all(running);
  });
});
