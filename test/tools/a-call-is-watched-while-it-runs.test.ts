import assert from 'node:assert/strict';
import { createPerson } from '../../core/agents/team/agents';
import { newId } from '../../core/ids';
import { newThread } from '../api/fixtures';
import { openStream, type StreamedEvent } from '../support/event-stream';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('a call is watched while it runs', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  async function shop() {
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const { contactId } = await newThread(api.deps.db, tenantId);
    const pathOf = (tool: string, args: object) =>
      `/api/v1/mcp/stream/${tool}?arguments=${encodeURIComponent(JSON.stringify(args))}`;
    const watch = async (tool: string, args: object): Promise<StreamedEvent[]> => {
      const stream = await openStream(`${api.url}${pathOf(tool, args)}`, { key });
      const events = [await stream.next()];
      while (!['done', 'error'].includes(events.at(-1)?.name ?? '')) events.push(await stream.next());
      await assert.rejects(stream.next(), /over/);
      return events;
    };
    return { tenantId, key, contactId, pathOf, watch };
  }

  it('by phases with the share that is done, and ends with what the call answers', async () => {
    const { tenantId, key, watch } = await shop();
    const [ana, bia] = await api.deps.db.withTenant(tenantId, async (tx) => [
      await createPerson(tx, tenantId, { name: 'Ana', email: 'ana@example.com' }),
      await createPerson(tx, tenantId, { name: 'Bia', email: 'bia@example.com' }),
    ]);
    const args = { agent_ids: [ana?.id, bia?.id] };
    const events = await watch('compare_agents', args);
    assert.deepEqual(
      events.map(({ name, data }) => [name, data.progress]),
      [
        ['starting', 0],
        ['processing', 0],
        ['analyzing', 0],
        ['analyzing', 0.5],
        ['comparing', 0],
        ['done', 1],
      ],
    );
    const json = { tool_name: 'compare_agents', arguments: args };
    const { body } = await api.request('POST', '/api/v1/mcp/execute', { key, json });
    assert.deepEqual(events.at(-1)?.data.result, body.result);
    const { body: audit } = await api.request('GET', '/api/v1/tool-calls?tool=compare_agents', { key });
    assert.ok(audit.data.some(({ id }: { id: string }) => id === events.at(-1)?.data.call_id));
  });

  it('and only rehearsed where it would change something', async () => {
    const { tenantId, contactId, watch } = await shop();
    const events = await watch('update_contact', { contact_id: contactId, name: 'Outra' });
    assert.deepEqual(
      [events.at(-1)?.data.dry_run, events.at(-1)?.data.result],
      [true, { updated: true, fields: ['name'] }],
    );
    const contact = await api.deps.db.withTenant(tenantId, (tx) =>
      tx.contact.findFirstOrThrow({ where: { id: contactId } }),
    );
    assert.equal(contact.name, 'Maria Conceição');
  });

  it('ends with a problem, which a wrong call is answered with at once', async () => {
    const { key, contactId, pathOf, watch } = await shop();
    const other = await shop();
    const [problem] = (await watch('get_contact', { contact_id: other.contactId })).slice(-1);
    assert.deepEqual([problem?.name, problem?.data.code, problem?.data.status], ['error', 'NOT_FOUND', 404]);

    const get = (path: string, headers = {}) => api.request('GET', path, { key, headers });
    const wrong = await get(pathOf('get_contact', { contact_id: contactId, limit: 1 }));
    assert.deepEqual([wrong.status, wrong.body.errors[0].field], [422, 'arguments.limit']);
    const broken = await get('/api/v1/mcp/stream/get_contact?arguments={');
    assert.deepEqual([broken.status, broken.body.errors[0].field], [422, 'arguments']);
    assert.equal((await get(pathOf('give_refund', {}))).status, 404);
    const made = await api.request('POST', '/api/v1/api-keys', {
      key,
      json: { name: 'Outra', scopes: ['audit.view'] },
    });
    const denied = await api.request('GET', pathOf('get_contact', { contact_id: contactId }), { key: made.body.key });
    assert.equal(denied.status, 403);
    // A browser that connects again by itself must not call it again.
    assert.equal(
      (await get(pathOf('get_contact', { contact_id: contactId }), { 'last-event-id': newId() })).status,
      204,
    );
  });
});
