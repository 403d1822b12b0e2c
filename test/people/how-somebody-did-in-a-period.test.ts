import assert from 'node:assert/strict';
import { newMessage, newThread } from '../api/fixtures';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('how somebody did in a period', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  it('is read by id, as the tool says it, and is zero for who wrote nothing', async () => {
    const { db } = api.deps;
    const { tenantId, apiKey: key } = await newTenant(db);
    const thread = await newThread(db, tenantId);
    const { body: me } = await api.request('GET', '/api/v1/agents/me', { key });
    const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 12, minute));
    await newMessage(db, tenantId, thread, { text: 'Adorei, obrigada!', sentAt: at(0) });
    const answer = await newMessage(db, tenantId, thread, { text: 'De nada', fromMe: true, sentAt: at(2) });
    await db.withTenant(tenantId, (tx) => tx.message.updateMany({ where: { id: answer }, data: { agentId: me.id } }));

    const path = `/api/v1/agents/${me.id}/stats`;
    const march = 'start=2026-03-01T00:00:00Z&end=2026-03-02T00:00:00Z';
    const { body } = await api.request('GET', `${path}?${march}`, { key });
    assert.deepEqual([body.messages, body.sessions, body.contacts, body.response_seconds], [1, 1, 1, 120]);
    assert.ok(body.satisfaction > 0);
    const { body: tool } = await api.request('POST', '/api/v1/mcp/execute', {
      key,
      json: {
        tool_name: 'get_agent_stats',
        arguments: { agent_ids: [me.id], start: '2026-03-01T00:00:00Z', end: '2026-03-02T00:00:00Z' },
      },
    });
    const { from: _from, to: _to, ...stats } = body;
    assert.deepEqual((tool.result ?? tool.output).agents, [stats]);

    const april = await api.request('GET', `${path}?start=2026-04-01T00:00:00Z&end=2026-04-02T00:00:00Z`, { key });
    assert.deepEqual([april.body.messages, april.body.response_seconds, april.body.name], [0, null, me.name]);
    const backwards = await api.request('GET', `${path}?start=2026-04-02T00:00:00Z&end=2026-04-01T00:00:00Z`, { key });
    assert.deepEqual([backwards.status, backwards.body.errors[0].field], [422, 'start']);
  });
});
