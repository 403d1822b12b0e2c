import assert from 'node:assert/strict';
import { newThread } from '../api/fixtures';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('a ticket is worked on until it is closed', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  async function shop() {
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const { contactId, conversationId } = await newThread(api.deps.db, tenantId);
    const open = async (severity: number) => {
      const json = {
        contact_id: contactId,
        conversation_id: conversationId,
        subject: 'segredo',
        description: 'o segredo do cliente',
        severity,
      };
      const { status, text, body } = await api.request('POST', '/api/v1/tickets', { key, json });
      assert.equal(status, 201, text);
      return body;
    };
    const events = () =>
      api.deps.db.withTenant(tenantId, (tx) =>
        tx.outboxEvent.findMany({ where: { tenantId, aggregateType: 'ticket' }, orderBy: { sequence: 'asc' } }),
      );
    return { tenantId, key, contactId, open, events };
  }

  it('tells each change once and no word of it, and keeps a lost update out', async () => {
    const { key, contactId, open, events } = await shop();
    const { id } = await open(4);
    const change = (json: object) => api.request('PATCH', `/api/v1/tickets/${id}`, { key, json });
    const resolved = await change({ version: 1, status: 'resolved', resolution: 'Cache limpo' });
    assert.equal(resolved.status, 200);
    assert.ok(resolved.body.resolved_at);
    const late = await change({ version: 1, severity: 9 });
    assert.deepEqual([late.status, late.body.code], [409, 'OPTIMISTIC_LOCK_CONFLICT']);
    const reopened = await change({ version: 2, status: 'in_progress' });
    assert.equal(reopened.body.resolved_at, null);
    await change({ version: 3, status: 'closed' });
    const closed = await change({ version: 4, status: 'open' });
    assert.equal(closed.body.code, 'INVARIANT_VIOLATION');
    const told = await events();
    assert.deepEqual(
      told.map(({ eventType }) => eventType),
      ['ticket.created', 'ticket.updated', 'ticket.updated', 'ticket.updated'],
    );
    assert.ok(!JSON.stringify(told.map(({ eventData }) => eventData)).includes('segredo'));
    const mine = await api.request('GET', `/api/v1/tickets?contact_id=${contactId}&status=closed`, { key });
    assert.deepEqual(
      mine.body.data.map((ticket: { id: string }) => ticket.id),
      [id],
    );
  });

  it('goes to a supervisor at once from severity 8 on, and to engineering once', async () => {
    const { key, open, events } = await shop();
    assert.equal((await open(7)).escalation, 'none');
    const severe = await open(8);
    assert.deepEqual([severe.escalation, severe.escalation_reason], ['supervisor', 'severity 8']);
    const json = { level: 'engineering', reason: 'Erro 500' };
    const path = `/api/v1/tickets/${severe.id}/escalate`;
    const first = await api.request('POST', path, { key, json });
    const again = await api.request('POST', path, { key, json: { ...json, reason: 'De novo' } });
    assert.deepEqual(again.body, first.body);
    const told = (await events()).filter(({ eventType }) => eventType === 'ticket.escalated');
    assert.equal(told.length, 2);
  });

  it('refuses what is no ticket', async () => {
    const { key, contactId } = await shop();
    const valid = { contact_id: contactId, subject: 'a', description: 'b', severity: 5 };
    for (const wrong of [
      { severity: 0 },
      { severity: 11 },
      { severity: 2.5 },
      { subject: ' ' },
      { status: 'closed' },
    ]) {
      const { status, body } = await api.request('POST', '/api/v1/tickets', { key, json: { ...valid, ...wrong } });
      assert.deepEqual([status, body.code], [422, 'VALIDATION_ERROR'], JSON.stringify(wrong));
    }
  });
});
