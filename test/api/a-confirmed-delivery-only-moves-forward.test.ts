import assert from 'node:assert/strict';
import { newId } from '../../core/ids';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { newMessage, newThread } from './fixtures';

describe('a confirmed delivery only moves forward', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  async function sent(options: { fromMe?: boolean } = {}) {
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const thread = await newThread(api.deps.db, tenantId);
    const externalId = `3EB0${newId().replaceAll('-', '').toUpperCase()}`;
    const store = async (on: typeof thread) => {
      const id = await newMessage(api.deps.db, tenantId, on, { fromMe: true, status: 'sent', ...options });
      await api.deps.db.withTenant(tenantId, (tx) =>
        tx.message.updateMany({ where: { id }, data: { channelMessageId: externalId } }),
      );
      return id;
    };
    const id = await store(thread);
    const confirm = async (json: object) =>
      api.request('POST', '/api/v1/messages/confirm-delivery', { key, json: { external_id: externalId, ...json } });
    const events = () =>
      api.deps.db.withTenant(tenantId, async (tx) => {
        const told = await tx.outboxEvent.findMany({
          where: { tenantId, aggregateId: id },
          orderBy: { sequence: 'asc' },
        });
        return told.map(({ eventType }) => eventType);
      });
    return {
      tenantId,
      id,
      externalId,
      confirm,
      events,
      storeAgain: async () => store(await newThread(api.deps.db, tenantId)),
    };
  }

  it('with the times that are told, once, and never back', async () => {
    const { id, confirm, events, externalId } = await sent();
    const deliveredAt = '2026-03-01T12:00:00.000Z';
    const readAt = '2026-03-01T12:05:00.000Z';
    const read = await confirm({ status: 'read', message_id: id, delivered_at: deliveredAt, read_at: readAt });
    assert.deepEqual([read.status, read.body.status, read.body.applied], [200, 'read', true]);
    assert.deepEqual([read.body.delivered_at, read.body.read_at], [deliveredAt, readAt]);
    const again = await confirm({ status: 'read', read_at: '2026-03-02T12:00:00Z' });
    assert.deepEqual([again.body.applied, again.body.read_at], [false, readAt]);
    const late = await confirm({ status: 'delivered', external_id: `true_5511987654321@c.us_${externalId}` });
    assert.deepEqual([late.status, late.body.status, late.body.applied], [200, 'read', false]);
    const failed = await confirm({ status: 'failed', failure_reason: 'no such number' });
    assert.deepEqual([failed.body.status, failed.body.failure_reason, failed.body.applied], ['read', null, false]);
    assert.deepEqual(await events(), ['message.delivered', 'message.read']);
  });

  it('to a failure with its reason, from which only an arrival leads away', async () => {
    const { confirm, events } = await sent();
    const failed = await confirm({ status: 'failed', failure_reason: 'no such number' });
    assert.deepEqual([failed.body.status, failed.body.failure_reason], ['failed', 'no such number']);
    const future = new Date(Date.now() + 3_600_000).toISOString();
    const arrived = await confirm({ status: 'delivered', delivered_at: future });
    assert.deepEqual([arrived.body.status, arrived.body.failure_reason], ['delivered', null]);
    assert.ok(Date.parse(arrived.body.delivered_at) <= Date.now());
    assert.deepEqual(await events(), ['message.failed', 'message.delivered']);
  });

  it('only of a message of ours, and only of one', async () => {
    const theirs = await sent({ fromMe: false });
    assert.equal((await theirs.confirm({ status: 'read' })).status, 404);
    const ours = await sent();
    assert.equal((await ours.confirm({ status: 'read', message_id: newId() })).status, 404);
    assert.equal((await ours.confirm({ status: 'read', external_id: 'UNKNOWN' })).status, 404);
    const secondId = await ours.storeAgain();
    const ambiguous = await ours.confirm({ status: 'delivered' });
    assert.deepEqual([ambiguous.status, ambiguous.body.errors[0].field], [422, 'message_id']);
    const named = await ours.confirm({ status: 'delivered', message_id: secondId });
    assert.deepEqual([named.body.id, named.body.status], [secondId, 'delivered']);
    const wrong = await ours.confirm({ status: 'sent' });
    assert.equal(wrong.status, 422);
    const foreign = await ours.confirm({ status: 'delivered', message_id: secondId, failure_reason: 'oi' });
    assert.equal(foreign.body.errors[0].field, 'failure_reason');
  });
});
