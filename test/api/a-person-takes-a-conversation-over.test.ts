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
    const again = await api.request('POST', `${path}/hand-back`, { key, json: {} });
    assert.deepEqual([again.status, again.body.handler_version], [200, 3], 'the turn that runs by now is not silenced');
  });

  it('as oneself, by the key of a person, who then sees it among their own', async () => {
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const { conversationId } = await newThread(api.deps.db, tenantId);
    const me = await api.request('GET', '/api/v1/agents/me', { key });
    assert.deepEqual([me.status, me.body.type], [200, 'human']);
    const path = `/api/v1/conversations/${conversationId}`;
    const taken = await api.request('POST', `${path}/take-over`, { key, json: {} });
    assert.deepEqual([taken.status, taken.body.assigned_agent_id, taken.body.label], [200, me.body.id, me.body.name]);
    const mine = await api.request('GET', '/api/v1/conversations?assigned_agent_id=me', { key });
    assert.deepEqual(
      mine.body.data.map(({ id }: { id: string }) => id),
      [conversationId],
    );
    await api.deps.db.withTenant(tenantId, (tx) =>
      tx.agent.updateMany({ where: { tenantId, id: me.body.id }, data: { userId: null } }),
    );
    const nobody = await api.request('POST', `${path}/take-over`, { key, json: {} });
    assert.deepEqual([nobody.status, nobody.body.code], [422, 'VALIDATION_ERROR']);
    assert.equal((await api.request('GET', '/api/v1/agents/me', { key })).status, 404);
  });

  it('and hands no session back that has ended', async () => {
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const { conversationId, sessionId, contactId } = await newThread(api.deps.db, tenantId);
    const path = `/api/v1/conversations/${conversationId}`;
    await api.request('POST', `${path}/take-over`, { key, json: { name: 'Ana' } });
    const json = { notes: 'Resolvido por telefone', resolution: 'resolved' };
    const closed = await api.request('POST', `/api/v1/sessions/${sessionId}/close`, { key, json });
    assert.deepEqual(
      [closed.status, closed.body.status, closed.body.end_reason],
      [200, 'manually_closed', 'manual_close'],
    );
    const twice = await api.request('POST', `/api/v1/sessions/${sessionId}/close`, { key, json });
    assert.deepEqual([twice.status, twice.body.code], [409, 'SESSION_CLOSED']);
    const back = await api.request('POST', `${path}/hand-back`, { key, json: { session_id: sessionId } });
    assert.deepEqual([back.status, back.body.code], [409, 'SESSION_CLOSED']);
    const { body } = await api.request('GET', path, { key });
    assert.deepEqual([body.handler, body.handler_version], ['human', 2]);
    await api.deps.db.withTenant(tenantId, async (tx) => {
      const note = await tx.note.findFirstOrThrow({ where: { tenantId, contactId } });
      assert.deepEqual([note.type, note.sessionId], ['session_summary', sessionId]);
      const events = await tx.outboxEvent.findMany({
        where: { aggregateType: 'session' },
        orderBy: { createdAt: 'asc' },
      });
      assert.deepEqual(events.map(({ eventType }) => eventType).sort(), ['session.ended', 'session.resolved']);
    });
    // The conversation outlives its sessions.
    assert.equal((await api.request('POST', `${path}/hand-back`, { key, json: {} })).body.handler, 'ai');
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
