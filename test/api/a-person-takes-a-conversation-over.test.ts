import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { newMessage, newThread } from './fixtures';

describe('a person takes a conversation over', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  it('cancels queued bot messages and nothing else, and tells the workflow', async () => {
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const thread = await newThread(api.deps.db, tenantId);
    const queued = await newMessage(api.deps.db, tenantId, thread, { fromMe: true, source: 'bot', status: 'queued' });
    const manual = await newMessage(api.deps.db, tenantId, thread, {
      fromMe: true,
      source: 'manual',
      status: 'queued',
    });
    const sent = await newMessage(api.deps.db, tenantId, thread, { fromMe: true, source: 'bot', status: 'sent' });

    const path = `/api/v1/conversations/${thread.conversationId}`;
    const taken = await api.request('POST', `${path}/take-over`, {
      key,
      json: { name: 'Ana', reason: 'cliente pediu' },
    });
    assert.equal(taken.status, 200);
    assert.deepEqual(
      [taken.body.handler, taken.body.handler_name, taken.body.handler_version, taken.body.bot_messages_sending],
      ['human', 'Ana', 2, 0],
    );
    assert.deepEqual(taken.body.cancelled_message_ids, [queued]);
    await api.deps.db.withTenant(tenantId, async (tx) => {
      const statuses = new Map((await tx.message.findMany()).map(({ id, status }) => [id, status]));
      assert.deepEqual(
        [queued, manual, sent].map((id) => statuses.get(id)),
        ['cancelled', 'queued', 'sent'],
      );
      const event = await tx.outboxEvent.findFirstOrThrow({ where: { eventType: 'conversation.handler_changed' } });
      assert.deepEqual(event.eventData, {
        conversation: { tenantId, channelId: thread.channelId, contactId: thread.contactId },
        handler: 'human',
        handlerVersion: 2,
      });
    });

    const back = await api.request('POST', `${path}/hand-back`, { key, json: {} });
    assert.deepEqual([back.body.handler, back.body.handler_name, back.body.handler_version], ['ai', null, 3]);
    const nameless = await api.request('POST', `${path}/take-over`, { key, json: {} });
    assert.equal(nameless.status, 422);
  });

  it('answers only when no bot message is on its way any more', async () => {
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const thread = await newThread(api.deps.db, tenantId);
    const sending = await newMessage(api.deps.db, tenantId, thread, { fromMe: true, source: 'bot', status: 'sending' });
    let isAnswered = false;
    const answer = api
      .request('POST', `/api/v1/conversations/${thread.conversationId}/take-over`, { key, json: { name: 'Ana' } })
      .finally(() => (isAnswered = true));
    // Long enough for several looks at the table.
    await sleep(700);
    assert.equal(isAnswered, false);
    await api.deps.db.withTenant(tenantId, (tx) =>
      tx.message.updateMany({ where: { id: sending }, data: { status: 'sent' } }),
    );
    assert.deepEqual((await answer).body.bot_messages_sending, 0);
  });
});
