import assert from 'node:assert/strict';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { newMessage, newThread } from './fixtures';

describe('a reply stays on its channel', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  it('and a message of another channel cannot be replied to', async () => {
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const here = await newThread(api.deps.db, tenantId);
    const there = await newThread(api.deps.db, tenantId);
    const onThisChannel = await newMessage(api.deps.db, tenantId, here);
    const onAnother = await newMessage(api.deps.db, tenantId, { ...here, channelId: there.channelId });
    const send = (reply_to_id: string) =>
      api.request('POST', '/api/v1/messages/send', {
        key,
        json: { contact_id: here.contactId, channel_id: here.channelId, text: 'Sim', reply_to_id },
      });
    assert.equal((await send(onThisChannel)).status, 202);
    const refused = await send(onAnother);
    assert.deepEqual([refused.status, refused.body.code], [404, 'NOT_FOUND']);
  });
});
