import assert from 'node:assert/strict';
import { storeHistory } from '../../core/memory/import/store-history';
import { findWriter } from '../../core/memory/import/writer';
import { newThread } from '../api/fixtures';
import { startTestApi, type Json, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('somebody of the past is named and not asked', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  async function shop() {
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const post = (path: string, json: object) => api.request('POST', `/api/v1${path}`, { key, json });
    const bruno = { represents_person_name: 'Bruno', period_start: '2025-01-01T00:00:00Z', reason: 'Saiu em 2025' };
    return { tenantId, key, post, bruno };
  }

  it('for a period that begins before it ends, and ends once', async () => {
    const { key, post, bruno } = await shop();
    const { status, body: made } = await post('/agents/virtual', bruno);
    assert.deepEqual(
      [status, made.name, made.type, made.status, made.period_end, made.virtual_reason],
      [201, '[Virtual] Bruno', 'virtual', 'offline', null, 'Saiu em 2025'],
    );
    for (const wrong of [{ ...bruno, period_end: bruno.period_start }, { ...bruno, reason: '' }, { reason: 'x' }])
      assert.equal((await post('/agents/virtual', wrong)).status, 422, JSON.stringify(wrong));
    const end = (period_end: string) => post(`/agents/${made.id}/end-period`, { period_end });
    const early = await end('2024-12-31T00:00:00Z');
    assert.deepEqual([early.status, early.body.errors[0].field], [422, 'period_end']);
    assert.equal((await end('2025-06-30T00:00:00Z')).body.period_end, '2025-06-30T00:00:00.000Z');
    assert.equal((await end('2025-07-01T00:00:00Z')).body.code, 'INVARIANT_VIOLATION');
    const me = (await api.request('GET', '/api/v1/agents/me', { key })).body;
    assert.equal((await post(`/agents/${me.id}/end-period`, {})).body.code, 'INVARIANT_VIOLATION');
    const { body: listed } = await api.request('GET', '/api/v1/agents?type=virtual', { key });
    assert.deepEqual(
      listed.data.map(({ id }: Json) => id),
      [made.id],
    );
  });

  it('wrote what the company said in that time, which no figure counts', async () => {
    const { db } = api.deps;
    const { tenantId, key, post, bruno } = await shop();
    const { channelId, conversationId } = await newThread(db, tenantId);
    const { body: made } = await post('/agents/virtual', { ...bruno, period_end: '2025-06-30T00:00:00Z' });
    await db.withTenant(tenantId, async (tx) => {
      const target = { tenantId, channelId, importId: null, idsOf: 'channel' as const };
      const said = (externalId: string, at: string, fromMe: boolean) => ({
        contact: { ref: 'c1' },
        fromMe,
        text: externalId,
        contentType: 'text' as const,
        sentAt: new Date(at),
        externalId,
      });
      const history = [
        said('pergunta', '2025-03-01T12:00:00Z', false),
        said('resposta', '2025-03-01T12:05:00Z', true),
        said('depois', '2025-09-01T12:00:00Z', true),
      ];
      const writer = await findWriter(tx, tenantId, made.id);
      await storeHistory(tx, target, history, { gapMinutes: 240, writer });
      const theirs = await tx.message.findMany({ where: { tenantId, agentId: made.id } });
      assert.deepEqual(
        theirs.map(({ text }) => text),
        ['resposta'],
      );
    });
    const year = 'start=2025-01-01T00:00:00Z&end=2026-01-01T00:00:00Z';
    const { body: stats } = await api.request('GET', `/api/v1/agents/${made.id}/stats?${year}`, { key });
    assert.equal(stats.messages, 0);

    for (const verb of ['assign', 'take-over']) {
      const refused = await post(`/conversations/${conversationId}/${verb}`, { agent_id: made.id });
      assert.equal(refused.body.code, 'INVARIANT_VIOLATION', verb);
    }
    const renamed = { name: 'Bruno', version: made.version };
    const change = await api.request('PATCH', `/api/v1/agents/${made.id}`, { key, json: renamed });
    assert.equal(change.body.code, 'INVARIANT_VIOLATION');
    assert.equal((await api.request('DELETE', `/api/v1/agents/${made.id}`, { key })).status, 204);
  });

  it('and only people, of now or of the past, write a history', async () => {
    const { tenantId, key, post, bruno } = await shop();
    const { channelId } = await newThread(api.deps.db, tenantId);
    const other = await shop();
    const theirs = (await other.post('/agents/virtual', bruno)).body;
    const { body: agents } = await api.request('GET', '/api/v1/agents?type=ai', { key });
    const importAs = (default_agent_id: string) => post(`/channels/${channelId}/import-history`, { default_agent_id });
    assert.equal((await importAs(theirs.id)).status, 404);
    assert.equal((await importAs(agents.data[0].id)).body.code, 'INVARIANT_VIOLATION');
    const { body: made } = await post('/agents/virtual', bruno);
    const asked = await importAs(made.id);
    assert.equal(asked.status, 202);
    const { options } = await api.deps.db.withTenant(tenantId, (tx) =>
      tx.memoryImport.findFirstOrThrow({ where: { id: asked.body.id } }),
    );
    assert.equal((options as Json).defaultAgentId, made.id);
  });
});
