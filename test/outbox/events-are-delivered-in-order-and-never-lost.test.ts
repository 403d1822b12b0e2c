import assert from 'node:assert/strict';
import type { Database } from '../../core/database';
import { AppError } from '../../core/errors';
import { newId } from '../../core/ids';
import { createLogger } from '../../core/logging/logger';
import { appendEvents } from '../../core/outbox/events';
import { createRelay } from '../../core/outbox/relay';
import type { ClaimedEvent } from '../../core/outbox/repository';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { newTenant } from '../support/tenant';

describe('events are delivered in order and never lost', () => {
  let db: Database;
  let tenantId: string;
  beforeEach(async () => {
    db = testDatabase();
    ({ tenantId } = await newTenant(db));
    // Events of other tests would only be noise here.
    await db.withSystem((tx) =>
      tx.outboxEvent.updateMany({
        where: { status: { in: ['pending', 'processing'] } },
        data: { status: 'processed' },
      }),
    );
  });
  afterEach(() => db.close());

  const append = (aggregateId: string, numbers: number[]) =>
    db.withTenant(tenantId, (tx) =>
      appendEvents(
        tx,
        numbers.map((number) => ({
          tenantId,
          aggregateType: 'conversation',
          aggregateId,
          eventType: 'test.event',
          data: { number },
        })),
      ),
    );
  const rows = () =>
    db.withSystem((tx) =>
      tx.outboxEvent.findMany({ where: { tenantId, eventType: 'test.event' }, orderBy: { sequence: 'asc' } }),
    );
  const numberOf = ({ data }: ClaimedEvent) => (data as { number: number }).number;

  /** Runs a relay until `isDone`, and ends it. */
  async function relayUntil(
    deliver: (event: ClaimedEvent) => Promise<void>,
    isDone: () => Promise<boolean>,
  ): Promise<void> {
    const stopping = new AbortController();
    const own = async (event: ClaimedEvent) => {
      if (event.tenantId === tenantId && event.eventType === 'test.event') await deliver(event);
    };
    const relay = createRelay({ db, logger: createLogger('test', 'silent'), pollMs: 10, retryMs: 50, deliver: own });
    const relaying = relay.run(stopping.signal);
    try {
      await eventually('the deliveries', isDone);
    } finally {
      stopping.abort();
      await relaying;
    }
  }
  const allProcessed = async () => (await rows()).every(({ status }) => status === 'processed');

  it('delivers the events of one aggregate in the order they were written', async () => {
    const [first, second] = [newId(), newId()];
    await append(first, [1, 2, 3]);
    await append(second, [1, 2, 3]);
    await append(first, [4, 5]);
    const seen = new Map<string, number[]>([
      [first, []],
      [second, []],
    ]);
    await relayUntil(async (event) => void seen.get(event.aggregateId)?.push(numberOf(event)), allProcessed);
    assert.deepEqual(seen.get(first), [1, 2, 3, 4, 5]);
    assert.deepEqual(seen.get(second), [1, 2, 3]);
  });

  it('delivers none of the later events of an aggregate before the one that failed, and others at once', async () => {
    const [stuck, other] = [newId(), newId()];
    await append(stuck, [1, 2]);
    await append(other, [1]);
    const seen: string[] = [];
    let failures = 0;
    await relayUntil(async (event) => {
      const name = `${event.aggregateId === stuck ? 'stuck' : 'other'} ${numberOf(event)}`;
      if (name === 'stuck 1' && failures++ === 0) throw new AppError('WORKFLOWS_UNAVAILABLE', 'not now');
      seen.push(name);
    }, allProcessed);
    assert.deepEqual(seen, ['other 1', 'stuck 1', 'stuck 2']);
    assert.deepEqual(
      (await rows()).map(({ retryCount }) => retryCount),
      [0, 0, 0],
    );
  });

  it('counts a refusal as a try, keeps why, and lets nothing of the aggregate overtake it', async () => {
    const aggregateId = newId();
    await append(aggregateId, [1, 2]);
    const deliver = () => Promise.reject(new AppError('INTERNAL_ERROR', 'the receiver says no'));
    const began = new Date();
    await relayUntil(deliver, async () => (await rows())[0]?.retryCount === 1);
    const [first, second] = await rows();
    assert.equal(first?.status, 'pending');
    assert.equal(first.lastError, 'the receiver says no');
    assert.ok(first.availableAt > began);
    assert.equal(second?.status, 'pending');
    assert.equal(second.retryCount, 0);
  });

  it('gives an event up after five refusals, and then goes on with the next', async () => {
    const aggregateId = newId();
    await append(aggregateId, [1, 2]);
    await db.withSystem((tx) =>
      tx.outboxEvent.updateMany({
        where: { tenantId, aggregateId, eventData: { path: ['number'], equals: 1 } },
        data: { retryCount: 4 },
      }),
    );
    const seen: number[] = [];
    await relayUntil(
      async (event) => {
        if (numberOf(event) === 1) throw new AppError('INTERNAL_ERROR', 'never');
        seen.push(numberOf(event));
      },
      async () => (await rows())[1]?.status === 'processed',
    );
    const [first] = await rows();
    assert.equal(first?.status, 'failed');
    assert.equal(first.retryCount, 5);
    assert.deepEqual(seen, [2]);
  });

  it('takes over what a relay that died had claimed', async () => {
    await append(newId(), [1]);
    await db.withSystem((tx) =>
      tx.outboxEvent.updateMany({
        where: { tenantId, eventType: 'test.event' },
        data: { status: 'processing', claimedAt: new Date(Date.now() - 61_000) },
      }),
    );
    const seen: number[] = [];
    await relayUntil(async (event) => void seen.push(numberOf(event)), allProcessed);
    assert.deepEqual(seen, [1]);
  });
});
