import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { storeMediaFile } from '../../core/media/media-files';
import { allTools } from '../../core/tools/registry';
import type { Tool } from '../../core/tools/types';
import { newEverything } from '../api/fixtures';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

/** Arguments that take an id, and whose fixture it is. A tool with another one must be added here, or the test fails. */
const ID_OF: Record<string, string> = {
  list_id: 'listId',
  segment_list_id: 'listId',
  pipeline_id: 'pipelineId',
  pipeline_status: 'statusId',
  won_status_id: 'statusId',
  stage_id: 'statusId',
  status_id: 'statusId',
  session_id: 'sessionId',
  channel_id: 'channelId',
  group_id: 'groupId',
  message_id: 'messageId',
  document_id: 'knowledgeDocumentId',
  reference_id: 'knowledgeDocumentId',
  file: 'mediaId',
  ticket_id: 'ticketId',
  agent_id: 'agentId',
  agent_ids: 'agentId',
  run_id: 'agentRunId',
};
/** Filters answer with nothing; everything else says that there is no such thing. */
const FILTERS = new Set(['pipeline_status']);

describe('no tool shows another tenant', () => {
  let api: TestApi;
  let key: string;
  let own: Record<string, string>;
  let foreign: Record<string, string>;
  before(async () => {
    api = await startTestApi();
    const withAgent = async (tenantId: string) => {
      const rows: Record<string, string> = await newEverything(api.deps.db, tenantId);
      const agent = await api.deps.db.withTenant(tenantId, (tx) =>
        tx.agent.findFirstOrThrow({ where: { tenantId, type: 'human' } }),
      );
      const sha256 = createHash('sha256').update(tenantId).digest('hex');
      const mediaId = await api.deps.db.withTenant(tenantId, (tx) =>
        storeMediaFile(tx, tenantId, { sha256, sizeBytes: 10, mimeType: 'text/plain' }),
      );
      return { ...rows, agentId: agent.id, mediaId };
    };
    const stranger = await newTenant(api.deps.db);
    key = stranger.apiKey;
    own = await withAgent(stranger.tenantId);
    foreign = await withAgent((await newTenant(api.deps.db)).tenantId);
  });
  after(() => api.close());

  const execute = (name: string, args: object) =>
    api.request('POST', '/api/v1/mcp/execute', { key, json: { tool_name: name, arguments: args } });
  const properties = (tool: Tool) => Object.keys(tool.input.shape);
  const contactOf = (tool: Tool, contactId: string | undefined) =>
    tool.about === 'contact' || tool.about === 'any_contact' ? { contact_id: contactId } : {};

  /** The example of a tool, with ids of `ids` in every place that takes one. */
  function argumentsOf(tool: Tool, ids: Record<string, string>): Record<string, unknown> {
    const args: Record<string, unknown> = { ...tool.examples[0]?.arguments };
    for (const name of Object.keys(args)) {
      const id = ids[ID_OF[name] ?? ''];
      if (id) args[name] = Array.isArray(args[name]) ? args[name].map(() => id) : id;
    }
    return args;
  }

  it('knows every argument that is an id', () => {
    for (const tool of allTools()) {
      const unknown = properties(tool).filter((name) => /_ids?$/.test(name) && !ID_OF[name]);
      assert.deepEqual(unknown, [], tool.name);
    }
  });

  for (const tool of allTools()) {
    it(`${tool.name} refuses ids of another tenant`, async () => {
      if (tool.about === 'contact' || tool.about === 'any_contact') {
        const { status, body } = await execute(tool.name, {
          ...argumentsOf(tool, own),
          contact_id: foreign['contactId'],
        });
        assert.deepEqual([status, body.code], [404, 'NOT_FOUND']);
      }
      for (const name of properties(tool).filter((one) => ID_OF[one])) {
        const id = foreign[ID_OF[name] ?? ''];
        const args = { ...argumentsOf(tool, own), [name]: name.endsWith('_ids') ? [id, own['agentId']] : id };
        if (tool.name === 'update_pipeline_stage' && name !== 'pipeline_id') delete (args as { stage?: unknown }).stage;
        // A list is asked for in place of a contact.
        const contact = name === 'segment_list_id' ? {} : contactOf(tool, own['contactId']);
        const { status, body } = await execute(tool.name, { ...args, ...contact });
        if (!FILTERS.has(name)) assert.deepEqual([status, body.code], [404, 'NOT_FOUND'], name);
        else assert.ok(!JSON.stringify(body.result).includes(foreign['contactId'] ?? '-'), name);
      }
    });
  }
});
