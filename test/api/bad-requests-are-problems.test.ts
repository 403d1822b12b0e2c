import assert from 'node:assert/strict';
import { ERROR_TABLE } from '../../core/errors';
import { startTestApi, type ApiResponse, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('bad requests are problems of the error table', () => {
  let api: TestApi;
  let key: string;
  before(async () => {
    api = await startTestApi();
    key = (await newTenant(api.deps.db)).apiKey;
  });
  after(() => api.close());

  const json = { 'content-type': 'application/json' };

  function assertProblem({ status, headers, body }: ApiResponse, code: keyof typeof ERROR_TABLE): void {
    assert.equal(body.code, code);
    assert.equal(status, ERROR_TABLE[code].http);
    assert.equal(headers.get('content-type'), 'application/problem+json; charset=utf-8');
    assert.deepEqual(
      [body.type, body.status, body.title],
      [`urn:ventros:error:${code}`, status, ERROR_TABLE[code].title],
    );
    assert.equal(body.request_id, headers.get('x-request-id'));
    assert.ok(body.detail.length > 10);
  }

  it('malformed JSON', async () => {
    assertProblem(
      await api.request('POST', '/api/v1/contacts', { key, raw: '{"name":', headers: json }),
      'BAD_REQUEST',
    );
  });

  it('JSON over 1 MB', async () => {
    const raw = JSON.stringify({ name: 'x'.repeat(1024 * 1024) });
    assertProblem(await api.request('POST', '/api/v1/contacts', { key, raw, headers: json }), 'PAYLOAD_TOO_LARGE');
  });

  it('an unknown path, an unknown method, an id that is none', async () => {
    assertProblem(await api.request('GET', '/api/v1/nothing', { key }), 'NOT_FOUND');
    assertProblem(await api.request('PUT', '/api/v1/contacts', { key, json: {} }), 'NOT_FOUND');
    assertProblem(await api.request('GET', '/api/v1/contacts/1', { key }), 'NOT_FOUND');
    assertProblem(await api.request('GET', '/api/v1/contacts/%E0%A4%A', { key }), 'BAD_REQUEST');
  });

  it('fields that are wrong, each by its name', async () => {
    const response = await api.request('POST', '/api/v1/channels', {
      key,
      json: { debounce_timeout_ms: 300_001, waha_config: { base_url: 5 }, tenant_id: 'x' },
    });
    assertProblem(response, 'VALIDATION_ERROR');
    const fields = response.body.errors.map(({ field }: { field: string }) => field).sort();
    assert.deepEqual(fields, ['debounce_timeout_ms', 'name', 'tenant_id', 'waha_config.base_url']);
  });

  it('the first wrong numbers of a vector, and not each of them', async () => {
    const embedding = `[${Array.from({ length: 768 }, () => '1e400').join(',')}]`;
    const raw = `{"content_type": "document", "content_text": "x", "embedding": ${embedding}}`;
    const response = await api.request('POST', '/api/v1/memory/embeddings', { key, raw, headers: json });
    assertProblem(response, 'VALIDATION_ERROR');
    assert.deepEqual([response.body.errors[0].field, response.body.errors.length], ['embedding.0', 20]);
  });

  it('a form where lines are expected', async () => {
    const form = new FormData();
    form.append('file', new Blob(['{"role": "customer"}']), 'history.jsonl');
    assertProblem(await api.request('POST', '/api/v1/memory/import', { key, raw: form }), 'BAD_REQUEST');
  });

  it('numbers out of their range', async () => {
    for (const top_k of [0, 10_000, 1.5]) {
      const request = { key, json: { query: 'a', top_k } };
      assertProblem(await api.request('POST', '/api/v1/memory/search', request), 'VALIDATION_ERROR');
    }
    for (const limit of ['0', '101', 'x']) {
      assertProblem(await api.request('GET', `/api/v1/contacts?limit=${limit}`, { key }), 'VALIDATION_ERROR');
    }
  });

  it('text that cannot be stored, wherever it stands', async () => {
    const contact = '01a20630-35d0-7562-8948-23743a1a6e08';
    const form = new FormData();
    form.set('context', 'chat\0');
    form.set('file', new Blob(['a'], { type: 'text/plain' }), 'a.txt');
    const attempts: [string, Promise<ApiResponse>][] = [
      ['name', api.request('POST', '/api/v1/contacts', { key, json: { name: 'Ana\0' } })],
      ['name', api.request('POST', '/api/v1/contacts', { key, json: { name: 'Ana \ud83d' } })],
      ['tags.1', api.request('POST', '/api/v1/contacts', { key, json: { name: 'Ana', tags: ['a', '\udc00'] } })],
      [
        'metadata',
        api.request('POST', '/api/v1/messages/send', {
          key,
          json: { contact_id: contact, channel_id: contact, text: 'a', metadata: { 'a\0': 'b' } },
        }),
      ],
      ['query', api.request('POST', '/api/v1/memory/search', { key, json: { query: 'a\0' } })],
      ['q', api.request('GET', '/api/v1/messages/search?q=a%00', { key })],
      ['tag', api.request('GET', '/api/v1/contacts?tag=%00', { key })],
      ['id', api.request('GET', '/api/v1/contacts/a%00', { key })],
      ['password', api.request('POST', '/api/v1/auth/register', { json: { password: 'uma senha\0boa' } })],
      ['context', api.request('POST', '/api/v1/enrichments', { key, raw: form })],
    ];
    for (const [field, attempt] of attempts) {
      const response = await attempt;
      assertProblem(response, 'VALIDATION_ERROR');
      assert.deepEqual(
        response.body.errors.map((error: { field: string }) => error.field),
        [field],
      );
    }
    const emoji = await api.request('POST', '/api/v1/contacts', { key, json: { name: 'Ana 😀' } });
    assert.deepEqual([emoji.status, emoji.body.name], [201, 'Ana 😀']);
  });

  it('brackets without end', async () => {
    const raw = `{"name":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    assertProblem(await api.request('POST', '/api/v1/contacts', { key, raw, headers: json }), 'VALIDATION_ERROR');
  });

  it('a request id of the caller is kept if it is harmless, else replaced', async () => {
    const kept = await api.request('GET', '/health/live', { headers: { 'x-request-id': 'trace-12345678' } });
    assert.equal(kept.headers.get('x-request-id'), 'trace-12345678');
    const replaced = await api.request('GET', '/health/live', { headers: { 'x-request-id': 'a b"c' } });
    assert.notEqual(replaced.headers.get('x-request-id'), 'a b"c');
  });

  it('no answer allows another origin, framing or sniffing', async () => {
    const { headers } = await api.request('GET', '/api/v1/contacts', {
      key,
      headers: { origin: 'https://evil.example' },
    });
    assert.equal(headers.get('access-control-allow-origin'), null);
    assert.equal(headers.get('x-frame-options'), 'DENY');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('x-powered-by'), null);
  });
});
