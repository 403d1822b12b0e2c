import assert from 'node:assert/strict';
import { newId } from '../../core/ids';
import { newThread } from '../api/fixtures';
import { startTestApi, type Json, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('what happened can be read', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  const types = (body: Json): string[] => body.data.map((event: Json) => event.event_type);

  it('of the project by name and by beginning, newest first, in pages that lose nothing', async () => {
    const { apiKey: key } = await newTenant(api.deps.db);
    const json = { name: 'Joana', phone: '+5511912345678' };
    const { body: contact } = await api.request('POST', '/api/v1/contacts', { key, json });
    await api.request('POST', `/api/v1/contacts/${contact.id}/tags`, {
      key,
      json: { tags: ['a', 'b', 'c'], operation: 'add' },
    });
    const all = await api.request('GET', '/api/v1/domain-events?limit=100', { key });
    assert.deepEqual(types(all.body).slice(0, 4), [
      'contact.tag_added',
      'contact.tag_added',
      'contact.tag_added',
      'contact.created',
    ]);
    assert.ok(types(all.body).includes('project.created'));

    const paged: string[] = [];
    for (let cursor = ''; ;) {
      const page = await api.request('GET', `/api/v1/domain-events?event_type=contact.*&limit=3${cursor}`, { key });
      paged.push(...page.body.data.map((event: Json) => event.id));
      if (page.body.next_cursor === null) break;
      cursor = `&cursor=${page.body.next_cursor}`;
    }
    assert.equal(new Set(paged).size, 4);
    const created = await api.request('GET', '/api/v1/domain-events?event_type=contact.created', { key });
    assert.deepEqual(types(created.body), ['contact.created']);
    const [event] = created.body.data;
    assert.deepEqual([event.aggregate_id, event.contact_id, event.status], [contact.id, contact.id, 'pending']);
    const wrong = await api.request('GET', '/api/v1/domain-events?event_type=%25', { key });
    assert.deepEqual([wrong.status, wrong.body.code], [422, 'VALIDATION_ERROR']);
  });

  it('of a contact: its own, those of its notes and conversations, and nobody else’s', async () => {
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const thread = await newThread(api.deps.db, tenantId);
    const other = await newThread(api.deps.db, tenantId);
    for (const { contactId } of [thread, other])
      await api.request('POST', '/api/v1/notes', { key, json: { contact_id: contactId, content: 'Ligar amanhã' } });
    await api.request('POST', `/api/v1/conversations/${thread.conversationId}/take-over`, {
      key,
      json: { name: 'Ana' },
    });
    const path = `/api/v1/contacts/${thread.contactId}/domain-events`;
    const { body } = await api.request('GET', path, { key });
    assert.deepEqual([...types(body)].sort(), ['conversation.handler_changed', 'note.added']);
    assert.ok(!JSON.stringify(body).includes('Ligar'));
    const nobody = await api.request('GET', `/api/v1/contacts/${newId()}/domain-events`, { key });
    assert.equal(nobody.status, 404);
  });
});
