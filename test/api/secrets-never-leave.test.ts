import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createSecretBox } from '../../core/security/secret-box';
import { startSimulator, type Simulator } from '../../simulator/index';
import { startTestApi, TEST_ENCRYPTION_KEY, type TestApi } from '../support/http';

const CANARIES = {
  wahaKey: 'canario-chave-waha-8f1c',
  newWahaKey: 'canario-chave-nova-77aa',
  webhookSecret: 'canario-segredo-webhook-3b2d',
  password: 'canario-senha-da-ana-91ee',
};
/** About people: in answers to their owner, never in the log. */
const PERSONAL = ['Beatriz Canária', '5511955554444', 'beatriz.canaria@example.com', 'mensagem canária', 'canariaq'];

describe('secrets never leave', () => {
  let simulator: Simulator;
  let api: TestApi;
  before(async () => {
    simulator = await startSimulator({ apiKeys: { waha: CANARIES.newWahaKey } });
    api = await startTestApi({ ALLOWED_PRIVATE_HOSTS: new URL(simulator.urls.waha).host });
  });
  after(async () => {
    await api.close();
    await simulator.stop();
  });

  it('neither in an answer nor in the log nor readable in the database', async () => {
    const answers: string[] = [];
    const identity: { key?: string } = {};
    const call = async (method: string, path: string, json?: unknown) => {
      const response = await api.request(method, path, { ...identity, ...(json ? { json } : {}) });
      answers.push(response.text);
      return response;
    };
    const email = `canaria${Date.now()}@example.com`;
    const account = (await call('POST', '/api/v1/auth/register', { name: 'Ana', email, password: CANARIES.password }))
      .body;
    answers.length = 0;
    const key: string = account.api_key;
    identity.key = key;

    const waha_config = {
      base_url: simulator.urls.waha,
      api_key: CANARIES.wahaKey,
      webhook_secret: CANARIES.webhookSecret,
    };
    const channel = await call('POST', '/api/v1/channels', { name: 'Loja', waha_config });
    assert.equal(channel.status, 201);
    const path = `/api/v1/channels/${channel.body.id}`;
    assert.equal((await call('POST', `${path}/activate`)).status, 502);
    await call('PATCH', path, { waha_config: { api_key: CANARIES.newWahaKey } });
    await call('GET', path);
    await call('GET', '/api/v1/channels');
    assert.equal((await call('POST', `${path}/activate`)).status, 200);
    const raw = JSON.stringify(incoming(PERSONAL[3] ?? ''));
    const signature = createHmac('sha512', CANARIES.webhookSecret).update(raw).digest('hex');
    const received = await api.request('POST', `/api/v1/webhooks/${channel.body.webhook_id}`, {
      raw,
      headers: { 'content-type': 'application/json', 'x-webhook-hmac': signature },
    });
    assert.deepEqual([received.status, received.body.status], [200, 'stored']);
    answers.push(received.text);
    await call('POST', '/api/v1/channels', {
      name: 'Outra',
      waha_config: { ...waha_config, base_url: 'http://10.1.2.3' },
    });
    const contact = { name: PERSONAL[0], phone: PERSONAL[1], email: PERSONAL[2] };
    const { body } = await call('POST', '/api/v1/contacts', contact);
    await call('POST', '/api/v1/contacts', contact);
    await call('GET', '/api/v1/contacts/search?q=canariaq');
    const sent = await call('POST', '/api/v1/messages/send', {
      contact_id: body.id,
      channel_id: channel.body.id,
      text: PERSONAL[3],
    });
    assert.equal(sent.status, 202);

    for (const canary of [...Object.values(CANARIES), key]) {
      assert.ok(!answers.some((answer) => answer.includes(canary)), `an answer holds ${canary}`);
    }
    const log = api.logLines.join('');
    assert.ok(api.logLines.length >= 10);
    for (const canary of [...Object.values(CANARIES), ...PERSONAL, key, email]) {
      assert.ok(!log.includes(canary), `the log holds ${canary}`);
    }
    const row = await api.deps.db.withTenant(account.project_id, (tx) =>
      tx.channel.findFirstOrThrow({ where: { id: channel.body.id } }),
    );
    assert.ok(!JSON.stringify(row, (_n, v) => (typeof v === 'bigint' ? String(v) : v)).includes('canario'));
    const box = createSecretBox(TEST_ENCRYPTION_KEY);
    assert.equal(box.open(row.apiKeyEncrypted), CANARIES.newWahaKey);
    assert.equal(box.open(row.webhookSecretEncrypted), CANARIES.webhookSecret);
  });

  it('a sealed secret opens only whole and with its own key', () => {
    const box = createSecretBox(TEST_ENCRYPTION_KEY);
    const sealed = box.seal('olá');
    assert.notEqual(sealed, box.seal('olá'));
    assert.equal(box.open(sealed), 'olá');
    const flipped = sealed.slice(0, -1) + (sealed.endsWith('A') ? 'B' : 'A');
    const other = createSecretBox(Buffer.alloc(32, 9).toString('base64'));
    for (const attempt of [
      () => box.open(flipped.replace(/.$/, 'Q') + 'QQ'),
      () => other.open(sealed),
      () => box.open('x'),
    ]) {
      assert.throws(attempt, { code: 'INTERNAL_ERROR' });
    }
    assert.throws(() => createSecretBox('c2hvcnQ='), { code: 'INTERNAL_ERROR' });
  });
});

function incoming(body: string) {
  return {
    id: 'evt_1',
    timestamp: Date.now(),
    event: 'message',
    session: 'default',
    payload: {
      id: 'false_5511944443333@c.us_3EB0CANARIA1',
      timestamp: Math.floor(Date.now() / 1000),
      from: '5511944443333@c.us',
      fromMe: false,
      body,
      hasMedia: false,
      _data: { Info: { PushName: 'Cliente', Type: 'text' } },
    },
  };
}
