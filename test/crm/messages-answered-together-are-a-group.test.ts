import assert from 'node:assert/strict';
import { newId } from '../../core/ids';
import { newMessage, newThread } from '../api/fixtures';
import { startTestApi, type Json, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('messages answered together are a group', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  it('that REST and the tools show alike, with what was read of the media', async () => {
    const { db } = api.deps;
    const { tenantId, apiKey: key } = await newTenant(db);
    const thread = await newThread(db, tenantId);
    const { conversationId, sessionId, contactId } = thread;
    const photo = await newMessage(db, tenantId, thread, { text: 'Olha' });
    const text = await newMessage(db, tenantId, thread, { text: 'É este aqui' });
    const [first, late] = [newId(), newId()];
    await db.withTenant(tenantId, async (tx) => {
      const read = { contentType: 'image', status: 'completed', extractedText: 'Um boleto de R$ 90' };
      await tx.messageEnrichment.create({ data: { id: newId(), tenantId, messageId: photo, ...read } });
      const group = { tenantId, conversationId, sessionId, handlerVersion: 1 };
      await tx.messageGroup.create({ data: { ...group, id: first } });
      await tx.messageGroup.create({ data: { ...group, id: late, kind: 'late_media' } });
      for (const [position, messageId] of [photo, text].entries())
        await tx.messageGroupMessage.create({ data: { tenantId, groupId: first, messageId, position } });
    });
    const get = async (path: string) => (await api.request('GET', `/api/v1${path}`, { key })).body;
    const call = async (tool_name: string, args: object) => {
      const json = { tool_name, arguments: { contact_id: contactId, ...args } };
      return (await api.request('POST', '/api/v1/mcp/execute', { key, json })).body.result;
    };
    const idsOf = (groups: Json[]) => groups.map(({ id, message_count }) => [id, message_count]);
    const all = [
      [late, 0],
      [first, 2],
    ];
    assert.deepEqual(idsOf((await get(`/message-groups?contact_id=${contactId}`)).data), all);
    assert.deepEqual(idsOf((await get('/message-groups?type=late_media')).data), [all[0]]);
    assert.deepEqual(idsOf((await get(`/message-groups?contact_id=${newId()}`)).data), []);
    assert.deepEqual(idsOf((await call('list_message_groups', {})).groups), all);

    const page = await get('/message-groups?limit=1');
    assert.deepEqual(idsOf((await get(`/message-groups?limit=1&cursor=${page.next_cursor}`)).data), [all[1]]);

    const whole = await get(`/message-groups/${first}`);
    assert.deepEqual([whole.type, whole.contact_id, whole.session_id], ['messages', contactId, sessionId]);
    assert.deepEqual(
      whole.messages.map(({ id, text: said, enrichment_text: seen }: Json) => [id, said, seen]),
      [
        [photo, 'Olha', 'Um boleto de R$ 90'],
        [text, 'É este aqui', null],
      ],
    );
    assert.deepEqual((await call('get_message_group', { group_id: first })).messages, whole.messages);
  });
});
