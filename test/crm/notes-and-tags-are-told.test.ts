import assert from 'node:assert/strict';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { newThread } from '../api/fixtures';

describe('notes and tags are told', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  async function shop() {
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const { contactId } = await newThread(api.deps.db, tenantId);
    const events = async (prefix: string) =>
      api.deps.db.withTenant(tenantId, (tx) =>
        tx.outboxEvent.findMany({
          where: { tenantId, eventType: { startsWith: prefix } },
          orderBy: { sequence: 'asc' },
        }),
      );
    return { tenantId, key, contactId, events };
  }

  it('keeps notes, tells their changes, and puts no word of them into an event', async () => {
    const { key, contactId, events } = await shop();
    const json = { contact_id: contactId, content: 'segredo do cliente', type: 'follow_up' };
    const { body: note, status } = await api.request('POST', '/api/v1/notes', { key, json });
    assert.equal(status, 201);
    await api.request('PATCH', `/api/v1/notes/${note.id}`, { key, json: { is_pinned: true } });
    await api.request('PATCH', `/api/v1/notes/${note.id}`, { key, json: { content: 'outro segredo' } });
    await api.request('DELETE', `/api/v1/notes/${note.id}`, { key });
    const told = await events('note.');
    assert.deepEqual(
      told.map(({ eventType }) => eventType),
      ['note.added', 'note.pinned', 'note.updated', 'note.deleted'],
    );
    assert.ok(!JSON.stringify(told.map(({ eventData }) => eventData)).includes('segredo'));
    const gone = await api.request('GET', `/api/v1/notes/${note.id}`, { key });
    assert.equal(gone.status, 404);
    const timeline = await api.request('GET', `/api/v1/contacts/${contactId}/events`, { key });
    assert.equal(timeline.body.data[0].event_type, 'note_added');
  });

  it('finds notes by their words, of a contact and of a type', async () => {
    const { tenantId, key, contactId } = await shop();
    const other = await newThread(api.deps.db, tenantId);
    const write = async (contact_id: string, content: string, type = 'general') =>
      (await api.request('POST', '/api/v1/notes', { key, json: { contact_id, content, type } })).body.id;
    const invoice = await write(contactId, 'Pediu a segunda via dos boletos');
    const late = await write(other.contactId, 'Boleto vencido, vai pagar amanhã', 'complaint');
    const quiet = await write(contactId, 'Prefere falar à tarde');
    const found = async (query: string) => {
      const { body } = await api.request('GET', `/api/v1/notes${query}`, { key });
      return body.data.map(({ id }: { id: string }) => id);
    };
    assert.deepEqual(await found('/search?q=boleto'), [late, invoice]);
    assert.deepEqual(await found(`/search?q=boleto&contact_id=${contactId}`), [invoice]);
    assert.deepEqual(await found('/search?q=boleto&type=complaint'), [late]);
    assert.deepEqual(await found('/search?q=parcelado'), []);
    assert.deepEqual(await found(`?contact_id=${contactId}`), [quiet, invoice]);
    assert.equal((await api.request('GET', '/api/v1/notes/search', { key })).status, 422);
  });

  it('tells each tag once, and loses none of twenty that come at once', async () => {
    const { key, contactId, events } = await shop();
    const path = `/api/v1/contacts/${contactId}/tags`;
    const change = (operation: string, tags: string[]) => api.request('POST', path, { key, json: { operation, tags } });
    await Promise.all(Array.from({ length: 20 }, (_, index) => change('add', [`tag-${index}`])));
    const again = await change('add', ['tag-1', 'tag-1', 'novo']);
    assert.equal(again.body.tags.length, 21);
    const removed = await change('remove', ['tag-1', 'nunca']);
    assert.equal(removed.body.tags.length, 20);
    const replaced = await change('replace', ['vip']);
    assert.deepEqual(replaced.body.tags, ['vip']);
    assert.equal((await events('contact.tag_added')).length, 22);
    assert.equal((await events('contact.tag_removed')).length, 21);
  });
});
