import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport, type ClientOptions } from '@modelcontextprotocol/client';
import { allTools } from '../../core/tools/registry';
import { newThread } from '../api/fixtures';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

const ERAS: [string, ClientOptions['versionNegotiation']][] = [
  ['2026-07-28', { mode: { pin: '2026-07-28' } }],
  ['2025-11-25 and before', { mode: 'legacy' }],
];

describe('the official client of the tool protocol works', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  async function connect(key: string, versionNegotiation: ClientOptions['versionNegotiation']) {
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation });
    const transport = new StreamableHTTPClientTransport(new URL(`${api.url}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${key}` } },
    });
    await client.connect(transport);
    return client;
  }

  for (const [era, negotiation] of ERAS) {
    it(`lists and calls tools with a client of ${era}`, async () => {
      const { tenantId, apiKey } = await newTenant(api.deps.db);
      const { contactId } = await newThread(api.deps.db, tenantId);
      const client = await connect(apiKey, negotiation);
      try {
        const { tools } = await client.listTools();
        assert.deepEqual(
          tools.map(({ name }) => name),
          allTools().map(({ name }) => name),
        );
        for (const { name, annotations, inputSchema } of tools) {
          const isRead = annotations?.readOnlyHint === true;
          assert.equal('dry_run' in (inputSchema.properties ?? {}), !isRead, name);
          if (isRead) assert.equal(annotations.destructiveHint, false, name);
        }
        const name = async () =>
          (await api.deps.db.withTenant(tenantId, (tx) => tx.contact.findFirstOrThrow({ where: { id: contactId } })))
            .name;
        const change = { contact_id: contactId, name: 'Nova' };
        const rehearsed = await client.callTool({ name: 'update_contact', arguments: change });
        assert.deepEqual(rehearsed.structuredContent, { updated: true, fields: ['name'] });
        assert.match(JSON.stringify(rehearsed.content), /nothing was changed/);
        assert.equal(await name(), 'Maria Conceição');
        await client.callTool({ name: 'update_contact', arguments: { ...change, dry_run: false } });
        assert.equal(await name(), 'Nova');
      } finally {
        await client.close();
      }
    });

    it(`tells a client of ${era} what was wrong as a result, by code and in words`, async () => {
      const { apiKey } = await newTenant(api.deps.db);
      const other = await newTenant(api.deps.db);
      const { contactId } = await newThread(api.deps.db, other.tenantId);
      const client = await connect(apiKey, negotiation);
      try {
        const cases: [string, Record<string, unknown>, RegExp][] = [
          ['give_refund', {}, /^NOT_FOUND: There is no tool give_refund/],
          ['get_contact_facts', {}, /^VALIDATION_ERROR: The arguments are wrong: arguments\.contact_id: is required/],
          ['get_contact_facts', { contact_id: contactId }, /^NOT_FOUND: There is no contact/],
        ];
        for (const [name, args, expected] of cases) {
          const { isError, content } = await client.callTool({ name, arguments: args });
          assert.equal(isError, true, name);
          assert.match(content[0]?.type === 'text' ? content[0].text : '', expected);
        }
      } finally {
        await client.close();
      }
    });
  }

  it('lets nobody in without a key, and no page of another site', async () => {
    const { apiKey } = await newTenant(api.deps.db);
    const json = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    const stranger = await api.request('POST', '/mcp', { json });
    assert.deepEqual([stranger.status, stranger.body.code], [401, 'UNAUTHORIZED']);
    const headers = { origin: 'https://evil.example' };
    const page = await api.request('POST', '/mcp', { key: apiKey, json, headers });
    assert.deepEqual([page.status, page.body.code], [403, 'FORBIDDEN']);
  });
});
