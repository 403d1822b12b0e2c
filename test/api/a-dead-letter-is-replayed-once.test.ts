import assert from 'node:assert/strict';
import type { Scope } from '../../core/accounts/scopes';
import { createApiKey } from '../../core/accounts/api-keys';
import { newId } from '../../core/ids';
import { storeDeadLetter } from '../../core/ingest';
import { readOperations } from '../../core/observability/operations';
import { appendEvents, WORKFLOW_EVENTS } from '../../core/outbox/events';
import { MAX_TRIES, putBack } from '../../core/outbox/repository';
import { newChannel, type TestChannel } from '../support/channel';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { wahaEvent } from '../support/webhook';

describe('a dead letter is replayed once', () => {
  let api: TestApi;
  let tenantId: string;
  let key: string;
  let userId: string;
  let channel: TestChannel;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());
  beforeEach(async () => {
    ({ tenantId, apiKey: key, userId } = await newTenant(api.deps.db));
    channel = await newChannel(api.deps.db, tenantId);
  });

  const inTenant: TestApi['deps']['db']['withTenant'] = (id, work) => api.deps.db.withTenant(id, work);
  const replay = (id: string, json?: unknown) =>
    api.request('POST', `/api/v1/dead-letters/${id}/replay`, { key, ...(json === undefined ? {} : { json }) });
  const list = async (query = '') => (await api.request('GET', `/api/v1/dead-letters${query}`, { key })).body.data;
  const messages = () => inTenant(tenantId, (tx) => tx.message.count({ where: { tenantId } }));

  /** Keeps a webhook as the receiver does. @returns the id of its letter */
  async function keep(body: unknown): Promise<string> {
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const reason = 'it was not understood';
    await storeDeadLetter(api.deps.db, { channel, code: 'VALIDATION_ERROR', reason, body: bytes });
    return (await list())[0].id;
  }

  /** Writes events about one thing and has the first of them given up. @returns the id of its letter */
  async function giveUp(aggregateId: string, { later = 0 } = {}): Promise<{ letterId: string; eventId: string }> {
    await inTenant(tenantId, (tx) =>
      appendEvents(
        tx,
        Array.from({ length: 1 + later }, (_, number) => ({
          tenantId,
          aggregateType: 'message',
          aggregateId,
          eventType: WORKFLOW_EVENTS.sendRequested,
          data: { number },
        })),
      ),
    );
    const [first] = await eventsOf(aggregateId);
    assert.ok(first);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      assert.equal((await list('?source=outbox_event')).length, 0);
      await putBack(api.deps.db, [String(first.sequence)], {
        code: 'BAD_REQUEST',
        reason: 'messageId: expected a string',
        delayMs: 0,
        countsAsTry: true,
      });
    }
    return { letterId: (await list())[0].id, eventId: first.eventId };
  }
  const eventsOf = (aggregateId: string) =>
    api.deps.db.withSystem((tx) =>
      tx.outboxEvent.findMany({ where: { tenantId, aggregateId }, orderBy: { sequence: 'asc' } }),
    );

  it('reads a webhook again once what was wrong is mended, and says what became of it', async () => {
    // The channel was set up with the name of another session.
    const event = { ...wahaEvent(channel, { fixture: 'text' }), session: 'mudou' };
    const id = await keep(event);
    const refused = await replay(id);
    assert.deepEqual([refused.status, refused.body.code], [422, 'DEAD_LETTER_UNREADABLE']);
    assert.match(refused.body.detail, /session "mudou"/);
    assert.equal((await list()).length, 1, 'a replay that fails adds no letter');
    assert.equal((await list('?replayed=false')).length, 1, 'and leaves this one open');

    await inTenant(tenantId, (tx) =>
      tx.channel.update({ where: { id: channel.channelId }, data: { externalId: 'mudou' } }),
    );
    const replayed = await replay(id);
    assert.equal(replayed.status, 200, replayed.text);
    assert.deepEqual([replayed.body.result, replayed.body.replayed_by], ['stored', userId]);
    assert.ok(replayed.body.replayed_at);
    assert.equal(await messages(), 1);
    const again = await replay(id);
    assert.deepEqual([again.status, again.body.code], [409, 'DEAD_LETTER_REPLAYED']);
    assert.equal(await messages(), 1);
    const written = await api.deps.db.withSystem((tx) =>
      tx.outboxEvent.findMany({ where: { tenantId, eventType: { in: ['dead_letter.replayed', 'message.created'] } } }),
    );
    assert.deepEqual(written.map(({ eventType }) => eventType).sort(), ['dead_letter.replayed', 'message.created']);
    const counted = await inTenant(tenantId, (tx) => tx.channel.findFirstOrThrow({ where: { id: channel.channelId } }));
    assert.equal(counted.messagesReceived, 1n);
  });

  it('does the work of ten replays at once one time', async () => {
    const id = await keep(wahaEvent(channel, { fixture: 'text' }));
    const answers = await Promise.all(Array.from({ length: 10 }, () => replay(id)));
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [200, ...Array.from({ length: 9 }, () => 409)]);
    assert.equal(await messages(), 1);
  });

  it('replays all that match by one call, oldest first, and is held up by none', async () => {
    const event = wahaEvent(channel, { fixture: 'text' });
    const bad = await keep('{"event":');
    const first = await keep(event);
    const second = await keep({ ...event, id: 'evt_other' });
    const all = (json: object, by = key) => api.request('POST', '/api/v1/dead-letters/replay', { key: by, json });
    assert.deepEqual((await all({ source: 'outbox_event' })).body, {
      replayed: 0,
      failed: [],
      last_id: null,
      has_more: false,
    });
    const other = await newTenant(api.deps.db);
    assert.equal((await all({}, other.apiKey)).body.replayed, 0);

    const { status, body } = await all({ limit: 2 });
    assert.equal(status, 200);
    assert.deepEqual([body.replayed, body.last_id, body.has_more], [1, first, true]);
    assert.deepEqual([body.failed[0].id, body.failed[0].code], [bad, 'DEAD_LETTER_UNREADABLE']);
    const rest = await Promise.all([all({ after_id: first }), all({ after_id: first })]);
    assert.equal(
      rest.reduce((sum, answer) => sum + answer.body.replayed, 0),
      1,
    );
    assert.deepEqual(
      rest.flatMap((answer) => answer.body.failed),
      [],
    );
    assert.equal(await messages(), 1);
    assert.ok((await list('?replayed=true')).some(({ id }: { id: string }) => id === second));
    assert.deepEqual(
      (await list('?replayed=false')).map(({ id }: { id: string }) => id),
      [bad],
    );
  });

  it('says that a message came by another way meanwhile, and leaves no trace of it', async () => {
    const event = wahaEvent(channel, { fixture: 'text' });
    assert.equal((await replay(await keep(event))).body.result, 'stored');
    const second = await replay(await keep({ ...event, id: 'evt_other' }));
    assert.equal(second.body.result, 'duplicate');
    assert.equal(await messages(), 1);
  });

  it('refuses what is not JSON and what is of a deleted channel, with the reason', async () => {
    const refused = await replay(await keep('{"event":'));
    assert.deepEqual([refused.status, refused.body.code], [422, 'DEAD_LETTER_UNREADABLE']);
    assert.match(refused.body.detail, /not JSON/);
    const id = await keep(wahaEvent(channel, { fixture: 'text' }));
    await inTenant(tenantId, (tx) =>
      tx.channel.update({ where: { id: channel.channelId }, data: { deletedAt: new Date() } }),
    );
    assert.match((await replay(id)).body.detail, /deleted/);
  });

  it('keeps an event that was given up, with its tries and its data, and gives it back in its old place', async () => {
    const aggregateId = newId();
    const { letterId, eventId } = await giveUp(aggregateId, { later: 1 });
    const { body: letter } = await api.request('GET', `/api/v1/dead-letters/${letterId}`, { key });
    assert.deepEqual(
      [letter.source, letter.event_id, letter.tries, letter.error_code, letter.reason],
      ['outbox_event', eventId, MAX_TRIES, 'BAD_REQUEST', 'messageId: expected a string'],
    );
    assert.deepEqual(JSON.parse(letter.body), {
      event_type: WORKFLOW_EVENTS.sendRequested,
      aggregate_type: 'message',
      aggregate_id: aggregateId,
      data: { number: 0 },
    });
    const answers = await Promise.all([replay(letterId), replay(letterId), replay(letterId)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409]);
    const replayed = answers.find(({ status }) => status === 200);
    assert.deepEqual([replayed?.body.result, replayed?.body.later_events], ['requeued', 0]);
    const events = await eventsOf(aggregateId);
    assert.deepEqual(
      events.map(({ status, retryCount }) => [status, retryCount]),
      [
        ['pending', 0],
        ['pending', 0],
      ],
    );
  });

  it('does not let an event come after later ones of the same thing, unless told so', async () => {
    const aggregateId = newId();
    const { letterId } = await giveUp(aggregateId, { later: 2 });
    await api.deps.db.withSystem((tx) =>
      tx.outboxEvent.updateMany({ where: { aggregateId, status: 'pending' }, data: { status: 'processed' } }),
    );
    const refused = await replay(letterId);
    assert.deepEqual([refused.status, refused.body.code], [409, 'DEAD_LETTER_OVERTAKEN']);
    assert.equal((await eventsOf(aggregateId))[0]?.status, 'failed');
    const replayed = await replay(letterId, { allow_out_of_order: true });
    assert.deepEqual([replayed.status, replayed.body.later_events], [200, 2], replayed.text);
    assert.equal((await eventsOf(aggregateId))[0]?.status, 'pending');
  });

  it('filters the list', async () => {
    const kept = await keep('{');
    const { letterId } = await giveUp(newId());
    const ids = async (query: string) => (await list(query)).map(({ id }: { id: string }) => id);
    assert.deepEqual(await ids('?source=outbox_event'), [letterId]);
    assert.deepEqual(await ids('?source=channel_webhook'), [kept]);
    assert.deepEqual(await ids(`?channel_id=${channel.channelId}`), [kept]);
    assert.deepEqual(await ids('?error_code=BAD_REQUEST'), [letterId]);
    await replay(letterId);
    assert.deepEqual(await ids('?replayed=true'), [letterId]);
    assert.deepEqual(await ids('?replayed=false'), [kept]);
    const page = await api.request('GET', '/api/v1/dead-letters?limit=1', { key });
    const next = await api.request('GET', `/api/v1/dead-letters?limit=1&cursor=${page.body.next_cursor}`, { key });
    assert.deepEqual([page.body.data[0].id, next.body.data[0].id], [letterId, kept]);
  });

  it('or is discarded: kept, and neither counted, nor replayed, nor delivered', async () => {
    const discard = (id: string) => api.request('POST', `/api/v1/dead-letters/${id}/discard`, { key });
    const kept = await keep('{');
    const aggregateId = newId();
    const { letterId } = await giveUp(aggregateId);
    // Of all tenants, so the others' letters are counted as well.
    const open = async () => (await readOperations(api.deps.db))?.deadLetters ?? 0;
    const before = await open();
    for (const id of [kept, letterId]) {
      const { status, body } = await discard(id);
      assert.deepEqual([status, body.discarded_by, body.replayed_at], [200, userId, null]);
    }
    assert.equal(await open(), before - 2);
    assert.equal((await eventsOf(aggregateId))[0]?.status, 'processed');
    for (const act of [discard, replay]) {
      const { status, body } = await act(letterId);
      assert.deepEqual([status, body.code], [409, 'DEAD_LETTER_DISCARDED']);
    }
    assert.deepEqual(await list('?discarded=false'), []);
    assert.equal((await list('?discarded=true')).length, 2);
    const replayed = await keep(wahaEvent(channel, { fixture: 'text' }));
    await replay(replayed);
    assert.equal((await discard(replayed)).body.code, 'DEAD_LETTER_REPLAYED');
  });

  it('may be read but not replayed by a key that may only look', async () => {
    const id = await keep('{');
    const scopes: Scope[] = ['audit.view'];
    const { key: onlyLooks } = await inTenant(tenantId, (tx) =>
      createApiKey(tx, { tenantId, userId, name: 'olho', scopes }),
    );
    assert.equal((await api.request('GET', `/api/v1/dead-letters/${id}`, { key: onlyLooks })).status, 200);
    const refused = await api.request('POST', `/api/v1/dead-letters/${id}/replay`, { key: onlyLooks });
    assert.deepEqual([refused.status, refused.body.code], [403, 'FORBIDDEN']);
  });
});
