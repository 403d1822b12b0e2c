import assert from 'node:assert/strict';
import { allTools } from '../../core/tools/registry';
import { newThread } from '../api/fixtures';
import { startTestApi, type Json, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

const CURRENT = '2026-07-28';
const OLDER = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];

/** What no client library shows: revision 2026-07-28 as it is written, and older clients as they write. */
describe('the tool protocol holds on the wire', () => {
  let api: TestApi;
  let key: string;
  let contactId: string;
  before(async () => {
    api = await startTestApi();
    const tenant = await newTenant(api.deps.db);
    key = tenant.apiKey;
    ({ contactId } = await newThread(api.deps.db, tenant.tenantId));
  });
  after(() => api.close());

  async function post(message: object, headers: Record<string, string>) {
    const accept = 'application/json, text/event-stream';
    const answer = await api.request('POST', '/mcp', { key, json: message, headers: { accept, ...headers } });
    const [, event] = /^data: (.*)$/m.exec(answer.text) ?? [];
    const parsed: Json = event ? JSON.parse(event) : answer.body;
    return { status: answer.status, headers: answer.headers, message: parsed };
  }

  /** Everything a request of the current revision needs is in itself. */
  const META = {
    'io.modelcontextprotocol/protocolVersion': CURRENT,
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  };
  const ask = (method: string, params: { name?: string; arguments?: object } = {}, headers: object = {}) => {
    return post(
      { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: META } },
      {
        'mcp-protocol-version': CURRENT,
        'mcp-method': method,
        ...(params.name ? { 'mcp-name': params.name } : {}),
        ...headers,
      },
    );
  };

  it('says what it is without a handshake, and keeps no session', async () => {
    const { status, headers, message } = await ask('server/discover');
    assert.equal(status, 200);
    assert.equal(headers.get('mcp-session-id'), null);
    assert.equal(message.result.resultType, 'complete');
    assert.ok(message.result.supportedVersions.includes(CURRENT));
    assert.ok('tools' in message.result.capabilities);
    // Deprecated by the revision, and not offered.
    for (const gone of ['logging', 'tasks']) assert.ok(!(gone in message.result.capabilities), gone);
    assert.match(message.result.instructions, /dry_run/);
  });

  it('lists tools in the same order each time, and for how long the list holds', async () => {
    const [first, second] = [await ask('tools/list'), await ask('tools/list')];
    const { tools, ...about } = first.message.result;
    assert.deepEqual(
      tools.map(({ name }: { name: string }) => name),
      allTools().map(({ name }) => name),
    );
    assert.deepEqual(second.message.result.tools, tools);
    assert.deepEqual([about.resultType, about.ttlMs, about.cacheScope], ['complete', 300_000, 'private']);
    for (const tool of allTools()) {
      const { annotations, inputSchema } = tools.find(({ name }: { name: string }) => name === tool.name);
      const isRead = tool.access === 'read';
      assert.deepEqual(
        [annotations.readOnlyHint, annotations.destructiveHint, annotations.idempotentHint],
        [isRead, tool.isDestructive ?? false, isRead || (tool.isIdempotent ?? false)],
        tool.name,
      );
      assert.equal(inputSchema.properties.dry_run?.default, isRead ? undefined : true, tool.name);
    }
  });

  it('acknowledges who listens for changes with what it can tell: nothing, as the list changes with a deployment', async () => {
    const method = 'subscriptions/listen';
    const params = { notifications: { toolsListChanged: true }, _meta: META };
    const stop = new AbortController();
    const answer = await fetch(`${api.url}/mcp`, {
      method: 'POST',
      signal: stop.signal,
      headers: {
        ...{ authorization: `Bearer ${key}`, 'content-type': 'application/json', 'mcp-method': method },
        ...{ accept: 'application/json, text/event-stream', 'mcp-protocol-version': CURRENT },
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const { value } = (await answer.body?.getReader().read()) ?? {};
    stop.abort();
    const first = JSON.parse(/^data: (.*)$/m.exec(Buffer.from(value ?? []).toString())?.[1] ?? '{}');
    assert.equal(first.method, 'notifications/subscriptions/acknowledged');
    assert.deepEqual(first.params.notifications, {});
  });

  it('changes nothing unless dry_run is the word false', async () => {
    const tags = async () => (await api.request('GET', `/api/v1/contacts/${contactId}`, { key })).body.tags;
    for (const dryRun of [{}, { dry_run: true }, { dry_run: null }, { dry_run: 'false' }, { dry_run: 0 }]) {
      const args = { contact_id: contactId, tags: ['novo'], ...dryRun };
      const { message } = await ask('tools/call', { name: 'tag_contact', arguments: args });
      assert.notEqual(message.result.isError, true, JSON.stringify(message));
      assert.deepEqual(await tags(), [], JSON.stringify(dryRun));
    }
    const args = { contact_id: contactId, tags: ['novo'], dry_run: false };
    const { message } = await ask('tools/call', { name: 'tag_contact', arguments: args });
    assert.deepEqual([message.result.resultType, message.result.structuredContent], ['complete', { tags: ['novo'] }]);
    assert.deepEqual(await tags(), ['novo']);
  });

  it('does once what came twice with one key, and nothing with a key it cannot keep', async () => {
    const note = { contact_id: contactId, content: 'Ligar na terça', dry_run: false };
    const write = async (idempotency_key: unknown) =>
      (await ask('tools/call', { name: 'create_note', arguments: { ...note, idempotency_key } })).message.result;
    const [first, second] = [await write('terça'), await write('terça')];
    assert.ok(first.structuredContent.note_id);
    assert.deepEqual(second.structuredContent, first.structuredContent);
    for (const bad of ['', 'x'.repeat(256), 7]) {
      const { isError, content } = await write(bad);
      assert.equal(isError, true);
      assert.match(content[0].text, /^VALIDATION_ERROR: idempotency_key/);
    }
    const { body } = await api.request('GET', `/api/v1/notes?contact_id=${contactId}`, { key });
    assert.equal(body.data.length, 1);
  });

  it('refuses headers that say something else than the request, and versions it does not know', async () => {
    const call = { name: 'get_contact', arguments: { contact_id: contactId } };
    for (const headers of [{ 'mcp-method': 'tools/list' }, { 'mcp-name': 'get_contacts' }]) {
      const { status, message } = await ask('tools/call', call, headers);
      assert.equal(status, 400, JSON.stringify(headers));
      assert.ok(message.error.code < 0);
    }
    const unknown = { 'io.modelcontextprotocol/protocolVersion': '2099-01-01' };
    const { status, message } = await post(
      { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: unknown } },
      { 'mcp-protocol-version': '2099-01-01', 'mcp-method': 'tools/list' },
    );
    assert.equal(status, 400);
    assert.ok(JSON.stringify(message.error).includes(CURRENT), JSON.stringify(message));
    const large = { name: 'get_contacts', arguments: { search: 'x'.repeat(1_100_000) } };
    assert.equal((await ask('tools/call', large)).status, 413);
  });

  for (const version of OLDER) {
    it(`serves a client of ${version} as it writes`, async () => {
      const headers = { 'mcp-protocol-version': version };
      const hello = await post(
        {
          ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
          params: { protocolVersion: version, capabilities: {}, clientInfo: { name: 'test', version: '1' } },
        },
        {},
      );
      assert.deepEqual([hello.status, hello.message.result.protocolVersion], [200, version]);
      assert.equal(hello.headers.get('mcp-session-id'), null);
      const ready = await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, headers);
      assert.equal(ready.status, 202);
      const { message } = await post({ jsonrpc: '2.0', id: 2, method: 'tools/list' }, headers);
      assert.equal(message.result.tools.length, allTools().length);
      const call = { name: 'get_contact', arguments: { contact_id: contactId } };
      const called = await post({ jsonrpc: '2.0', id: 3, method: 'tools/call', params: call }, headers);
      assert.match(called.message.result.content[0].text, /Maria Conceição/);
    });
  }
});
