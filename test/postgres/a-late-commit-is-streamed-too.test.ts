import assert from 'node:assert/strict';
import { addContactEvent } from '../../core/crm/contact-events';
import { contactEventsAfter } from '../../core/crm/live/contact-events';
import { Feed, feedStart, type FeedPosition } from '../../core/crm/live/feed';
import type { Tx } from '../../core/database';
import { newThread } from '../api/fixtures';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';

describe('a late commit is streamed too', () => {
  const db = testDatabase();
  after(() => db.close());

  async function timeline() {
    const { tenantId } = await newTenant(db);
    const { contactId } = await newThread(db, tenantId);
    const add = (tx: Tx, title: string) =>
      addContactEvent(tx, tenantId, { contactId, category: 'general', eventType: 'seen', title, source: 'user' });
    const feedFrom = (position: FeedPosition) =>
      new Feed(
        (query) => db.withTenant(tenantId, (tx) => contactEventsAfter(tx, tenantId, { ...query, contactId })),
        position,
      );
    const start = await db.withTenant(tenantId, (tx) => feedStart(tx, null));
    return { tenantId, add, feedFrom, start };
  }

  it('and only once, also to who broke off while it was under way', async () => {
    const { tenantId, add, feedFrom, start } = await timeline();
    const feed = feedFrom(start);
    const take = async (from: typeof feed) =>
      (await from.next()).items.map(({ event, position }) => ({ title: event.title, position }));
    const titles = async (from: typeof feed) => (await take(from)).map(({ title }) => title);

    let commit = () => undefined as unknown;
    let begun = () => undefined as unknown;
    const isWritten = new Promise((resolve) => (begun = () => resolve(undefined)));
    const late = db.withTenant(tenantId, async (tx) => {
      await add(tx, 'tarde');
      begun();
      await new Promise((resolve) => (commit = () => resolve(undefined)));
    });
    await isWritten;
    await db.withTenant(tenantId, (tx) => add(tx, 'cedo'));

    const early = await take(feed);
    assert.deepEqual(
      early.map(({ title }) => title),
      ['cedo'],
    );
    assert.deepEqual(await titles(feed), []);

    commit();
    await late;
    assert.deepEqual(await titles(feed), ['tarde']);
    const [{ position: brokeOffAt } = { position: start }] = early;
    assert.deepEqual(await titles(feedFrom(brokeOffAt)), ['tarde']);
    assert.deepEqual(await titles(feedFrom(start)), ['tarde', 'cedo']);
  });

  it('and so are more than fit into one look, from wherever it broke off', async () => {
    const { tenantId, add, feedFrom, start } = await timeline();
    await db.withTenant(tenantId, async (tx) => {
      for (let index = 0; index < 230; index++) await add(tx, String(index));
    });
    const all = async (feed: ReturnType<typeof feedFrom>) => {
      const items = [];
      for (let isFull = true; isFull;) {
        const batch = await feed.next();
        items.push(...batch.items);
        isFull = batch.isFull;
      }
      return items;
    };
    const whole = await all(feedFrom(start));
    assert.deepEqual(
      whole.map(({ event }) => event.title),
      Array.from({ length: 230 }, (_, index) => String(index)),
    );
    for (const index of [0, 42, 99, 100, 228, 229]) {
      const rest = await all(feedFrom(whole[index]?.position ?? start));
      assert.equal(rest.length, 229 - index);
    }
  });
});
