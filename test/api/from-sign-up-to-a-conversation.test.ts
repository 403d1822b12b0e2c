import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { startSimulator, type Simulator } from '../../simulator/index';
import { startTestApi, type TestApi } from '../support/http';

const WAHA_KEY = 'chave-do-waha';
const SECRET = 'segredo-do-webhook';

describe('from sign-up to a conversation, all over HTTP', () => {
  let simulator: Simulator;
  let api: TestApi;
  let key: string;
  let channel: { id: string; webhook_url: string };
  before(async () => {
    simulator = await startSimulator({ apiKeys: { waha: WAHA_KEY } });
    api = await startTestApi({ ALLOWED_PRIVATE_HOSTS: new URL(simulator.urls.waha).host });
  });
  after(async () => {
    await api.close();
    await simulator.stop();
  });

  const call = (method: string, path: string, json?: unknown) =>
    api.request(method, path, { key, ...(json === undefined ? {} : { json }) });
  const waha = (path: string) =>
    fetch(`${simulator.urls.waha}${path}`, { method: 'POST', headers: { 'x-api-key': WAHA_KEY } });

  it('signs up and makes a channel that is inactive', async () => {
    const json = { name: 'Ana', email: `ana.${Date.now()}@example.com`, password: 'uma senha boa' };
    key = (await api.request('POST', '/api/v1/auth/register', { json })).body.api_key;
    const waha_config = { base_url: simulator.urls.waha, api_key: WAHA_KEY, webhook_secret: SECRET };
    const created = await call('POST', '/api/v1/channels', { name: 'Loja', debounce_timeout_ms: 100, waha_config });
    assert.equal(created.status, 201);
    assert.deepEqual([created.body.status, created.body.webhook_secret], ['inactive', undefined]);
    channel = created.body;
  });

  it('switches the channel on only while its WAHA session works', async () => {
    const path = `/api/v1/channels/${channel.id}`;
    await waha('/api/sessions/default/stop');
    const refused = await call('POST', `${path}/activate`);
    assert.deepEqual([refused.status, refused.body.code], [503, 'CHANNEL_UNAVAILABLE']);
    const inactive = (await call('GET', path)).body;
    assert.equal(inactive.status, 'inactive');
    assert.match(inactive.last_error, /STOPPED/);

    await waha('/api/sessions/default/start');
    const activated = await call('POST', `${path}/activate`);
    assert.deepEqual([activated.status, activated.body.status, activated.body.last_error], [200, 'active', null]);
    const wrongKey = await call('PATCH', path, { waha_config: { api_key: 'errada' } });
    assert.equal(wrongKey.status, 200);
    assert.equal((await call('POST', `${path}/activate`)).body.code, 'CHANNEL_REJECTED');
    await call('PATCH', path, { waha_config: { api_key: WAHA_KEY } });
    assert.equal((await call('POST', `${path}/activate`)).status, 200);
    assert.equal((await call('POST', `${path}/deactivate`)).body.status, 'inactive');
    assert.equal((await call('POST', `${path}/activate`)).body.status, 'active');
  });

  it('receives a message and shows it as contact, session, conversation, thread and search result', async () => {
    const raw = JSON.stringify({
      id: 'evt_1',
      timestamp: Date.now(),
      event: 'message',
      session: 'default',
      payload: {
        id: 'false_5511987654321@c.us_3EB0AABBCCDD',
        timestamp: Math.floor(Date.now() / 1000),
        from: '5511987654321@c.us',
        fromMe: false,
        body: 'Qual é o preço da instalação?',
        hasMedia: false,
        _data: { Info: { PushName: 'Beto', Type: 'text' } },
      },
    });
    const signature = createHmac('sha512', SECRET).update(raw).digest('hex');
    const headers = { 'content-type': 'application/json', 'x-webhook-hmac': signature };
    assert.equal((await api.request('POST', channel.webhook_url, { raw, headers })).status, 200);

    const [contact] = (await call('GET', '/api/v1/contacts/search?q=beto')).body.data;
    assert.equal(contact.phone, '+5511987654321');
    const [message] = (await call('GET', '/api/v1/messages/search?q=preco+instalacao')).body.data;
    assert.deepEqual([message.text, message.contact_id], ['Qual é o preço da instalação?', contact.id]);
    const [session] = (await call('GET', `/api/v1/contacts/${contact.id}/sessions`)).body.data;
    assert.deepEqual([session.id, session.status], [message.session_id, 'active']);

    const sent = await call('POST', '/api/v1/messages/send', {
      contact_id: contact.id,
      channel_id: channel.id,
      text: 'Já te respondo!',
      reply_to_id: message.id,
    });
    assert.deepEqual([sent.status, sent.body.session_id], [202, session.id]);
    const thread = await call('GET', `/api/v1/conversations/${message.conversation_id}/messages`);
    assert.deepEqual(thread.body.data.map(({ id }: { id: string }) => id).sort(), [message.id, sent.body.id].sort());
    const stats = (await call('GET', `/api/v1/contacts/${contact.id}/stats`)).body;
    assert.deepEqual([stats.messages_received, stats.messages_sent, stats.sessions], [1, 1, 1]);
  });

  it('refuses the same webhook with another signature', async () => {
    const headers = { 'content-type': 'application/json', 'x-webhook-hmac': '0'.repeat(128) };
    const { status, body } = await api.request('POST', channel.webhook_url, { raw: '{}', headers });
    assert.deepEqual([status, body.code], [401, 'SIGNATURE_INVALID']);
  });
});
