import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('a key goes only to the host it was given for', () => {
  let api: TestApi;
  let key: string;
  let path: string;
  let strangerUrl: string;
  /** A host that is no WAHA and answers with something of its own. */
  const stranger = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(request.url?.includes('json') ? '{"status":"interno: 42"}' : 'segredo da rede interna');
  });

  before(async () => {
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    strangerUrl = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    api = await startTestApi({ ALLOWED_PRIVATE_HOSTS: '127.0.0.1' });
    key = (await newTenant(api.deps.db)).apiKey;
    const waha_config = { base_url: 'https://waha.example.com/loja', api_key: 'chave-guardada' };
    const created = await api.request('POST', '/api/v1/channels', { key, json: { name: 'Loja', waha_config } });
    path = `/api/v1/channels/${created.body.id}`;
  });
  after(async () => {
    await api.close();
    stranger.close();
  });

  const change = (waha_config: object) => api.request('PATCH', path, { key, json: { waha_config } });

  it('another origin needs the key in the same request', async () => {
    for (const base_url of ['https://evil.example.com', 'http://waha.example.com', 'https://waha.example.com:8443']) {
      const { status, body } = await change({ base_url });
      assert.deepEqual([status, body.code, body.errors[0].field], [422, 'VALIDATION_ERROR', 'waha_config.api_key']);
    }
    assert.equal((await api.request('GET', path, { key })).body.base_url, 'https://waha.example.com/loja');
    assert.equal((await change({ base_url: 'https://waha.example.com/outra' })).status, 200);
    assert.equal((await change({ base_url: 'https://evil.example.com', api_key: 'outra' })).status, 200);
  });

  it('a base_url has neither query nor fragment', async () => {
    for (const tail of ['?x=1', '?', '#a', '/p#']) {
      const base_url = `https://evil.example.com${tail}`;
      const refused = await change({ base_url });
      assert.deepEqual([refused.status, refused.body.errors[0].field], [422, 'waha_config.base_url'], tail);
      const json = { name: 'Outra', waha_config: { base_url } };
      assert.equal((await api.request('POST', '/api/v1/channels', { key, json })).status, 422, tail);
    }
  });

  it('what a host that is no WAHA answers is neither shown nor kept', async () => {
    for (const session_id of ['texto', 'json']) {
      await change({ base_url: strangerUrl, api_key: 'k', session_id });
      const refused = await api.request('POST', `${path}/activate`, { key });
      assert.equal(refused.body.code, 'CHANNEL_UNAVAILABLE');
      const kept = await api.request('GET', path, { key });
      assert.match(kept.body.last_error, /does not answer as WAHA does/);
      for (const { text } of [refused, kept]) assert.doesNotMatch(text, /segredo|interno/);
    }
  });
});
