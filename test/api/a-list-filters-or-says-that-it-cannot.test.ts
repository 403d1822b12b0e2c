import assert from 'node:assert/strict';
import { startTestApi, type Json, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { newEverything } from './fixtures';

const NOBODY = '01a00000-0000-7000-8000-000000000000';

describe('a list filters, or says that it cannot', () => {
  let api: TestApi;
  let key: string;
  let tenantId: string;
  let ids: Awaited<ReturnType<typeof newEverything>>;
  before(async () => {
    api = await startTestApi();
    const tenant = await newTenant(api.deps.db);
    ({ apiKey: key, tenantId } = tenant);
    ids = await newEverything(api.deps.db, tenant.tenantId);
  });
  after(() => api.close());

  const list = async (path: string): Promise<Json[]> => {
    const { status, body } = await api.request('GET', `/api/v1/${path}`, { key });
    assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`);
    return body.data;
  };

  it('by a name it does not know, which would else have answered everything', async () => {
    for (const path of ['contacts?nome=Ana', 'decision-records?contato=1', 'approvals?x=1', 'costs/export?de=1']) {
      const { status, body } = await api.request('GET', `/api/v1/${path}`, { key });
      assert.equal(status, 422, path);
      assert.match(body.errors[0].message, /is not known here; there are /);
    }
    const { body } = await api.request('GET', '/api/v1/contacts?nome=Ana', { key });
    assert.deepEqual(
      [body.detail, body.errors[0].field],
      ['Check these fields of the query: nome', 'nome'],
      JSON.stringify(body),
    );
    const made = await api.request('POST', '/api/v1/contacts', { key, json: { name: 'Ana', telefone: '11987654321' } });
    assert.deepEqual([made.status, made.body.errors[0].field], [422, 'telefone']);
  });

  it('contacts by phone in any form, e-mail and external id', async () => {
    const ana = { name: 'Ana', phone: '+5511987650001', email: 'Ana@Example.com', external_id: 'crm-7' };
    const { body } = await api.request('POST', '/api/v1/contacts', { key, json: ana });
    for (const query of [
      'phone=%2B5511987650001',
      'phone=+55 11 98765-0001',
      'phone=(11) 98765-0001',
      'email=ana@example.COM',
      'external_id=crm-7',
    ])
      assert.deepEqual(
        (await list(`contacts?${query}`)).map(({ id }) => id),
        [body.id],
        query,
      );
    assert.deepEqual(await list('contacts?phone=%2B5511987650002'), []);
  });

  it('people by whether they are there', async () => {
    const json = { type: 'human', name: 'Bia', email: 'bia@example.com' };
    const { body: bia } = await api.request('POST', '/api/v1/agents', { key, json });
    const away = { status: 'away', version: bia.version };
    assert.equal((await api.request('PATCH', `/api/v1/agents/${bia.id}`, { key, json: away })).status, 200);
    const found = await list('agents?type=human&status=away');
    assert.deepEqual(
      found.map(({ id }) => id),
      [bia.id],
    );
  });

  it('decision records, approvals and calls of tools by whom they are about and what they are', async () => {
    const { contactId } = ids;
    const [record] = await list(`decision-records?contact_id=${contactId}`);
    const began = record?.started_at;
    for (const [query, count] of [
      [`contact_id=${NOBODY}`, 0],
      [`contact_id=${NOBODY}&conversation_id=${ids.conversationId}`, 0],
      [`contact_id=${contactId}&conversation_id=${ids.conversationId}`, 1],
      [`agent=${record?.agent}`, 1],
      ['agent=support_billing', 0],
      [`from=${began}`, 1],
      [`to=${began}`, 0],
      ['rule=bot_to_bot', 0],
    ] as const)
      assert.equal((await list(`decision-records?${query}`)).length, count, query);
    await api.deps.db.withTenant(tenantId, (tx) =>
      tx.decisionRecord.updateMany({
        where: { tenantId, id: record?.id },
        data: { rules: [{ rule: 'bot_to_bot', decision: 'handed_over', reason: 'fast' }] },
      }),
    );
    assert.equal((await list('decision-records?rule=bot_to_bot')).length, 1);

    const [approval] = await list(`approvals?contact_id=${contactId}`);
    assert.equal(approval?.id, ids['approvalId']);
    assert.equal((await list(`approvals?tool=${approval.tool}`)).length, 1);
    assert.deepEqual([await list(`approvals?contact_id=${NOBODY}`), await list('approvals?tool=none')], [[], []]);

    const json = { tool_name: 'get_contact', arguments: { contact_id: contactId } };
    assert.equal((await api.request('POST', '/api/v1/mcp/execute', { key, json })).status, 200);
    const ofContact = await list(`tool-calls?contact_id=${contactId}&via=rest&status=done&tool=get_contact`);
    assert.equal(ofContact.length, 1);
    for (const query of ['via=mcp', 'status=refused', `contact_id=${NOBODY}`])
      assert.deepEqual(await list(`tool-calls?${query}&tool=get_contact`), [], query);
  });
});
