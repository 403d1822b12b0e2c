import assert from 'node:assert/strict';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { newThread } from '../api/fixtures';

describe('a contact moves through pipelines', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  async function shop() {
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const { contactId } = await newThread(api.deps.db, tenantId);
    const { body: pipeline } = await api.request('POST', '/api/v1/pipelines', { key, json: { name: 'Vendas' } });
    const status = async (name: string, status_type: string) => {
      const path = `/api/v1/pipelines/${pipeline.id}/statuses`;
      return (await api.request('POST', path, { key, json: { name, status_type } })).body;
    };
    return {
      tenantId,
      key,
      contactId,
      pipeline,
      open: await status('Novo', 'open'),
      won: await status('Ganho', 'closed'),
    };
  }
  const eventsOf = (tenantId: string, contactId: string) =>
    api.deps.db.withTenant(tenantId, (tx) =>
      tx.outboxEvent.findMany({ where: { tenantId, aggregateId: contactId }, orderBy: { sequence: 'asc' } }),
    );

  it('enters, moves once, and leaves a line on the timeline for each', async () => {
    const { tenantId, key, contactId, pipeline, open, won } = await shop();
    const path = `/api/v1/contacts/${contactId}/pipelines/${pipeline.id}/status`;
    const entered = await api.request('PUT', path, { key, json: { status_id: open.id, reason: 'pediu preço' } });
    assert.deepEqual([entered.status, entered.body.status_name], [200, 'Novo']);
    await api.request('PUT', path, { key, json: { status_id: won.id } });
    const again = await api.request('PUT', path, { key, json: { status_id: won.id } });
    assert.equal(again.body.status_name, 'Ganho');
    const names = (await eventsOf(tenantId, contactId)).map(({ eventType }) => eventType);
    assert.deepEqual(names, ['contact.entered_pipeline', 'contact.pipeline_status_changed']);
    const timeline = await api.request('GET', `/api/v1/contacts/${contactId}/events?category=pipeline`, { key });
    assert.deepEqual(
      timeline.body.data.map(({ event_type, title }: { event_type: string; title: string }) => [event_type, title]),
      [
        ['pipeline_stage_changed', 'Novo → Ganho'],
        ['entered_pipeline', 'Novo'],
      ],
    );
    const counts = await api.request('GET', `/api/v1/pipelines/${pipeline.id}/counts`, { key });
    assert.deepEqual(
      counts.body.data.map(({ name, contacts }: { name: string; contacts: number }) => [name, contacts]),
      [
        ['Novo', 0],
        ['Ganho', 1],
      ],
    );
  });

  it('is in one status after ten moves at once', async () => {
    const { tenantId, key, contactId, pipeline, open, won } = await shop();
    const path = `/api/v1/contacts/${contactId}/pipelines/${pipeline.id}/status`;
    const moves = Array.from({ length: 10 }, (_, index) =>
      api.request('PUT', path, { key, json: { status_id: index % 2 === 0 ? open.id : won.id } }),
    );
    const statuses = (await Promise.all(moves)).map(({ status }) => status);
    assert.deepEqual(new Set(statuses), new Set([200]));
    const open_ = await api.deps.db.withTenant(tenantId, (tx) =>
      tx.contactStage.count({ where: { tenantId, contactId, exitedAt: null } }),
    );
    assert.equal(open_, 1);
  });

  it('refuses a status of another pipeline, a name twice, and to remove a status somebody is in', async () => {
    const { key, contactId, pipeline, open } = await shop();
    const other = (await api.request('POST', '/api/v1/pipelines', { key, json: { name: 'Pós-venda' } })).body;
    const wrong = await api.request('PUT', `/api/v1/contacts/${contactId}/pipelines/${other.id}/status`, {
      key,
      json: { status_id: open.id },
    });
    assert.deepEqual([wrong.status, wrong.body.code], [404, 'NOT_FOUND']);
    const twice = await api.request('POST', '/api/v1/pipelines', { key, json: { name: 'vendas' } });
    assert.deepEqual([twice.status, twice.body.code], [409, 'ALREADY_EXISTS']);
    const right = `/api/v1/contacts/${contactId}/pipelines/${pipeline.id}/status`;
    await api.request('PUT', right, { key, json: { status_id: open.id } });
    const removed = await api.request('DELETE', `/api/v1/pipelines/${pipeline.id}/statuses/${open.id}`, { key });
    assert.deepEqual([removed.status, removed.body.code], [409, 'INVARIANT_VIOLATION']);
  });

  it('guards a pipeline against lost updates', async () => {
    const { key, pipeline } = await shop();
    const path = `/api/v1/pipelines/${pipeline.id}`;
    const first = await api.request('PATCH', path, { key, json: { description: 'Do primeiro contato', version: 1 } });
    assert.deepEqual([first.status, first.body.version], [200, 2]);
    const late = await api.request('PATCH', path, { key, json: { color: '#000000', version: 1 } });
    assert.deepEqual([late.status, late.body.code], [409, 'OPTIMISTIC_LOCK_CONFLICT']);
  });
});
