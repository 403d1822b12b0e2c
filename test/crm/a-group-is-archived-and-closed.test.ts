import assert from 'node:assert/strict';
import { newEverything } from '../api/fixtures';
import { startTestApi, type Json, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('a group is archived and closed', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  async function group() {
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const ids = await newEverything(api.deps.db, tenantId);
    const path = `/api/v1/chats/${ids['chatId']}`;
    const act = (change: string) => api.request('POST', `${path}/${change}`, { key });
    const events = async () => {
      const { body } = await api.request('GET', '/api/v1/domain-events?event_type=chat.*', { key });
      return body.data.map((event: Json) => event.event_type).reverse();
    };
    return { tenantId, key, ids, path, act, events };
  }

  it('back and forth, each change told once, until it is closed for good', async () => {
    const { key, path, act, events } = await group();
    assert.equal((await act('archive')).body.status, 'archived');
    assert.equal((await act('archive')).status, 200);
    const archived = await api.request('GET', '/api/v1/chats?status=archived', { key });
    assert.equal(archived.body.data.length, 1);
    assert.equal((await act('unarchive')).body.status, 'active');
    const { version } = (await api.request('GET', path, { key })).body;
    const stale = { subject: 'Vizinhos', version: version - 1 };
    assert.equal((await api.request('PATCH', `${path}/subject`, { key, json: stale })).status, 409);
    const renamed = await api.request('PATCH', `${path}/subject`, { key, json: { subject: 'Vizinhos', version } });
    assert.equal(renamed.body.subject, 'Vizinhos');
    assert.equal((await act('close')).body.status, 'closed');
    assert.equal((await act('close')).status, 200);
    for (const change of ['archive', 'unarchive']) {
      const refused = await act(change);
      assert.deepEqual([refused.status, refused.body.code], [409, 'INVARIANT_VIOLATION'], change);
    }
    const json = { subject: 'Outro', version: version + 2 };
    assert.equal((await api.request('PATCH', `${path}/subject`, { key, json })).body.code, 'INVARIANT_VIOLATION');
    assert.deepEqual(await events(), ['chat.archived', 'chat.unarchived', 'chat.subject_updated', 'chat.closed']);
  });

  it('with those who wrote in it', async () => {
    const { tenantId, key, ids, path } = await group();
    const empty = await api.request('GET', `${path}/participants`, { key });
    assert.deepEqual(empty.body.data, []);
    await api.deps.db.withTenant(tenantId, (tx) =>
      tx.session.updateMany({ where: { tenantId, id: ids.sessionId }, data: { chatId: ids['chatId'] ?? '' } }),
    );
    const { body } = await api.request('GET', `${path}/participants`, { key });
    assert.deepEqual(
      [body.data.length, body.data[0].contact_id, body.data[0].name],
      [1, ids.contactId, 'Maria Conceição'],
    );
  });
});
