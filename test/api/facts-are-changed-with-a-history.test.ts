import assert from 'node:assert/strict';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { newEverything } from './fixtures';

interface Answer extends Record<string, unknown> {
  id: string;
  data: Record<string, string>[];
}

describe('facts are changed with a history', () => {
  let api: TestApi;
  let key: string;
  let ids: Awaited<ReturnType<typeof newEverything>>;
  before(async () => {
    api = await startTestApi();
    const tenant = await newTenant(api.deps.db);
    key = tenant.apiKey;
    ids = await newEverything(api.deps.db, tenant.tenantId);
  });
  after(() => api.close());

  const ask = async (method: string, path: string, json?: unknown) => {
    const { status, body } = await api.request(method, path, { key, ...(json === undefined ? {} : { json }) });
    return { status, body: body as Answer };
  };
  const listed = async (query = '') => {
    const { status, body } = await ask('GET', `/api/v1/contacts/${ids.contactId}/facts${query}`);
    assert.equal(status, 200);
    return body.data.map((row) => row['id']);
  };

  it('says which messages a fact is known from', async () => {
    const { status, body } = await ask('GET', `/api/v1/memory/facts/${ids['factId']}/evidence`);
    assert.equal(status, 200);
    assert.deepEqual(
      body.data.map((row) => [row['message_id'], row['text']]),
      [[ids['messageId'], 'Meu orçamento é de mil reais']],
    );
  });

  it('an edit is a new version, and the moment before it still answers the old one', async () => {
    const before = new Date().toISOString();
    const edit = { text: 'Tem orçamento de dois mil reais', reason: 'disse por telefone' };
    const { status, body } = await ask('PATCH', `/api/v1/memory/facts/${ids['factId']}`, edit);
    assert.equal(status, 200);
    assert.equal(body['claimed_by'], 'company');
    assert.deepEqual(body['evidence_message_ids'], [ids['messageId']]);
    assert.deepEqual(await listed(), [body.id]);
    assert.deepEqual(await listed(`?as_of=${before}`), [ids['factId']]);
    const old = await ask('GET', `/api/v1/memory/facts/${ids['factId']}`);
    assert.equal(old.body['superseded_by'], body.id);
    const history = await ask('GET', `/api/v1/memory/facts/${body.id}/changes`);
    const [change] = history.body.data;
    assert.ok(change);
    assert.deepEqual([change['change'], change['actor'], change['reason']], ['edited', 'user', 'disse por telefone']);
    assert.ok(change['user_id']);
  });

  it('adds, invalidates and restores', async () => {
    const added = await ask('POST', `/api/v1/contacts/${ids.contactId}/facts`, {
      ...{ type: 'attribute', text: 'Mora em Campinas', valid_from: '2026-01-10T00:00:00Z', reason: 'ficha' },
    });
    assert.equal(added.status, 201);
    const id = added.body.id;
    assert.ok((await listed('?as_of=2026-02-01T00:00:00Z')).includes(id));
    assert.ok(!(await listed('?as_of=2025-12-01T00:00:00Z')).includes(id));
    assert.equal((await ask('POST', `/api/v1/memory/facts/${id}/invalidate`, { reason: 'engano' })).status, 200);
    assert.ok(!(await listed()).includes(id));
    assert.equal((await ask('POST', `/api/v1/memory/facts/${id}/restore`, {})).status, 200);
    assert.ok((await listed()).includes(id));
  });

  it('refuses dates that cannot be, naming the field', async () => {
    const tomorrow = new Date(Date.now() + 24 * 3600_000).toISOString();
    const fact = { type: 'budget', text: 'Tem cem reais', valid_from: tomorrow };
    const refused = await ask('POST', `/api/v1/contacts/${ids.contactId}/facts`, fact);
    assert.equal(refused.status, 422);
    assert.equal(refused.body['code'], 'VALIDATION_ERROR');
    assert.match(JSON.stringify(refused.body), /valid_from/);
    const future = await ask('GET', `/api/v1/contacts/${ids.contactId}/facts?as_of=${tomorrow}`);
    assert.equal(future.status, 422);
  });
});
