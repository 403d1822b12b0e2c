import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../core/database';
import { newId } from '../../core/ids';
import { createLogger } from '../../core/logging/logger';
import { appendEvents } from '../../core/outbox/events';
import { createRelay } from '../../core/outbox/relay';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { newTenant } from '../support/tenant';

/** Three times what a relay takes at once: with fewer, whoever is first holds all of them all the time. */
const AGGREGATES = 300;
const EVENTS = 5;
const RELAYS = 3;

describe('outbox relays share the work in order', () => {
  let db: Database;
  before(() => {
    db = testDatabase();
  });
  after(() => db.close());

  it('delivers every event once and each aggregate in order, with several relays while events are still written', async () => {
    const { tenantId } = await newTenant(db);
    const aggregates = Array.from({ length: AGGREGATES }, () => newId());
    const seen = new Map<string, { number: number; relay: number }[]>(aggregates.map((id) => [id, []]));
    const stopping = new AbortController();
    const relays = Array.from({ length: RELAYS }, (_, relay) => {
      const deliver = async (event: { aggregateId: string; data: unknown }) => {
        const own = seen.get(event.aggregateId);
        if (!own) return;
        await sleep(Math.random() * 3);
        own.push({ number: (event.data as { number: number }).number, relay });
      };
      return createRelay({ db, logger: createLogger('test', 'silent'), pollMs: 5, retryMs: 50, deliver });
    });
    const relaying = relays.map((relay) => relay.run(stopping.signal));
    try {
      for (let number = 0; number < EVENTS; number++) {
        await Promise.all(
          aggregates.map((aggregateId) =>
            db.withTenant(tenantId, (tx) =>
              appendEvents(tx, [
                { tenantId, aggregateType: 'conversation', aggregateId, eventType: 'test.event', data: { number } },
              ]),
            ),
          ),
        );
      }
      await eventually('all deliveries', () => [...seen.values()].every((events) => events.length >= EVENTS));
    } finally {
      stopping.abort();
      await Promise.all(relaying);
    }
    const inOrder = Array.from({ length: EVENTS }, (_, index) => index);
    for (const events of seen.values()) {
      assert.deepEqual(
        events.map(({ number }) => number),
        inOrder,
      );
    }
    const workers = new Set([...seen.values()].flat().map(({ relay }) => relay));
    assert.ok(workers.size > 1, 'more than one relay delivered');
  });
});
