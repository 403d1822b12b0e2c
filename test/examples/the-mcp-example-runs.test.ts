import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../core/project-root';
import { newThread } from '../api/fixtures';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('the example of the tool protocol runs', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  for (const mode of ['auto', 'legacy']) {
    it(`with the official client (${mode}): it lists, rehearses and tags`, async () => {
      const { tenantId, apiKey } = await newTenant(api.deps.db);
      const { contactId } = await newThread(api.deps.db, tenantId);
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [path.join(projectRoot(), 'examples/mcp/client.mjs')],
        { env: { ...process.env, VENTROS_URL: api.url, VENTROS_API_KEY: apiKey, MCP_VERSIONS: mode } },
      );
      assert.match(stdout, /^\d+ tools, for example /);
      assert.match(stdout, /The newest contact is Maria Conceição\nRehearsed: via-mcp\nDone: via-mcp\n$/);
      const contact = await api.deps.db.withTenant(tenantId, (tx) =>
        tx.contact.findFirstOrThrow({ where: { id: contactId } }),
      );
      assert.deepEqual(contact.tags, ['via-mcp']);
      const calls = await api.deps.db.withTenant(tenantId, (tx) => tx.toolCall.findMany());
      // What is only rehearsed leaves no trace.
      assert.deepEqual(calls.map(({ tool, via }) => [tool, via]).sort(), [
        ['get_contacts', 'mcp'],
        ['tag_contact', 'mcp'],
      ]);
    });
  }
});
