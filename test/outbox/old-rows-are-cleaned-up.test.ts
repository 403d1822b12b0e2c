import assert from 'node:assert/strict';
import type { Database } from '../../core/database';
import { newId } from '../../core/ids';
import { cleanUp } from '../../core/outbox/clean-up';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';

const DAY_MS = 24 * 3600 * 1000;
const KEEP_DAYS = 7;

describe('old rows are cleaned up', () => {
  let db: Database;
  let tenantId: string;
  before(() => {
    db = testDatabase();
  });
  beforeEach(async () => {
    ({ tenantId } = await newTenant(db));
    // The clean-up ends where the young events begin, and those of other tests would come first.
    await db.withSystem((tx) => tx.outboxEvent.deleteMany());
  });
  after(() => db.close());

  const clean = (batchSize: number) =>
    cleanUp({ db, keepDays: KEEP_DAYS }, { batchSize, signal: new AbortController().signal });
  const event = (status: string, ageDays: number) => {
    const then = new Date(Date.now() - ageDays * DAY_MS);
    return {
      eventId: newId(),
      tenantId,
      aggregateType: 'conversation',
      aggregateId: newId(),
      eventType: `test.${status}.${ageDays}`,
      eventData: {},
      status,
      createdAt: then,
      processedAt: status === 'processed' ? then : null,
    };
  };
  const write = (events: ReturnType<typeof event>[]) =>
    db.withSystem((tx) => tx.outboxEvent.createMany({ data: events }));
  const left = async () => {
    const events = await db.withSystem((tx) =>
      tx.outboxEvent.findMany({ where: { tenantId, eventType: { startsWith: 'test.' } } }),
    );
    return events.map(({ eventType }) => eventType).sort();
  };

  it('deletes processed events after their days, and no others however old', async () => {
    await write([
      ...['processed', 'failed', 'pending'].map((status) => event(status, 30)),
      event('processed', 8),
      event('processed', 6),
    ]);
    await clean(1_000);
    assert.deepEqual(await left(), ['test.failed.30', 'test.pending.30', 'test.processed.6']);
  });

  it('goes on past what stays, batch by batch, until nothing old is left', async () => {
    await write(Array.from({ length: 25 }, (_, index) => event(index % 5 === 0 ? 'failed' : 'processed', 30)));
    await clean(3);
    assert.deepEqual(
      await left(),
      Array.from({ length: 5 }, () => 'test.failed.30'),
    );
    assert.equal((await clean(3)).events, 0);
  });

  it('deletes idempotency keys whose time is over, of every tenant', async () => {
    const other = await newTenant(db);
    const store = (owner: string, key: string, expiresAt: Date) =>
      db.withTenant(owner, (tx) =>
        tx.idempotencyKey.create({ data: { tenantId: owner, key, route: 'test', bodyHash: '', expiresAt } }),
      );
    for (const owner of [tenantId, other.tenantId]) {
      for (let index = 0; index < 4; index++) await store(owner, `old-${index}`, new Date(Date.now() - 1_000));
      await store(owner, 'valid', new Date(Date.now() + DAY_MS));
    }
    assert.ok((await clean(3)).idempotencyKeys >= 8);
    for (const owner of [tenantId, other.tenantId]) {
      const keys = await db.withTenant(owner, (tx) => tx.idempotencyKey.findMany({ where: { route: 'test' } }));
      assert.deepEqual(
        keys.map(({ key }) => key),
        ['valid'],
      );
    }
  });
});
