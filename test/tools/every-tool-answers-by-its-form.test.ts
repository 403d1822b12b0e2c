import assert from 'node:assert/strict';
import { allTools } from '../../core/tools/registry';
import { addStatus } from '../../core/crm/pipelines';
import { storeMediaFile } from '../../core/media/media-files';
import { startSimulator, type Simulator } from '../../simulator';
import { newEverything, newThread } from '../api/fixtures';
import { startTestApi, type Json, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

const CURSORS: Record<string, string> = { wrong: "' or true --", number: '1' };

describe('every tool answers by its form', () => {
  let api: TestApi;
  let simulator: Simulator;
  let key: string;
  let tenantId: string;
  let ids: Record<string, string>;
  before(async () => {
    simulator = await startSimulator();
    api = await startTestApi({ OPENAI_API_KEY: 'test', OPENAI_BASE_URL: `${simulator.urls.openai}/v1` });
    ({ tenantId, apiKey: key } = await newTenant(api.deps.db));
    ids = await newEverything(api.deps.db, tenantId);
    ids['openSessionId'] = (await newThread(api.deps.db, tenantId)).sessionId;
    const bytes = Buffer.from('Troca em até trinta dias, com a nota fiscal.');
    const stored = await api.deps.mediaStore.put(tenantId, bytes);
    await api.deps.db.withTenant(tenantId, async (tx) => {
      ids['mediaId'] = await storeMediaFile(tx, tenantId, { ...stored, mimeType: 'text/plain' });
      await tx.messageEnrichment.updateMany({
        where: { tenantId, id: ids['enrichmentId'] ?? '' },
        data: { extractedText: bytes.toString(), status: 'completed' },
      });
      const agents = await tx.agent.findMany({
        where: { tenantId, type: { in: ['human', 'ai'] } },
        orderBy: { type: 'desc' },
      });
      ids['agentId'] = agents[0]?.id ?? '';
      ids['otherAgentId'] = agents[1]?.id ?? '';
      const pipelineId = ids['pipelineId'] ?? '';
      await addStatus(tx, tenantId, { pipelineId, name: 'Proposta', type: 'active' });
      await addStatus(tx, tenantId, { pipelineId, name: 'Ganho', type: 'closed' });
      await tx.message.updateMany({
        where: { tenantId, id: ids['messageId'] ?? '' },
        data: { text: 'Péssimo, quero cancelar' },
      });
    });
  });
  after(async () => {
    await api.close();
    await simulator.stop();
  });

  const execute = (tool_name: string, args: object): Promise<Json> =>
    api.request('POST', '/api/v1/mcp/execute', { key, json: { tool_name, arguments: args } });

  function withIds(args: Record<string, unknown>): Record<string, unknown> {
    const { list_id, pipeline_id, group_id, message_id, document_id, ticket_id } = args;
    const { agent_id, agent_ids, session_id, run_id, file, reference_id } = args;
    return {
      ...args,
      ...(list_id ? { list_id: ids['listId'] } : {}),
      ...(pipeline_id ? { pipeline_id: ids['pipelineId'] } : {}),
      ...(group_id ? { group_id: ids['groupId'] } : {}),
      ...(message_id ? { message_id: ids['messageId'] } : {}),
      ...(file ? { file: ids['mediaId'] } : {}),
      ...(reference_id ? { reference_id: ids['knowledgeDocumentId'] } : {}),
      ...(document_id ? { document_id: ids['knowledgeDocumentId'] } : {}),
      ...(ticket_id ? { ticket_id: ids['ticketId'] } : {}),
      ...(run_id ? { run_id: ids['agentRunId'] } : {}),
      ...(agent_id ? { agent_id: ids['agentId'] } : {}),
      ...(session_id ? { session_id: ids['openSessionId'] } : {}),
      ...(agent_ids ? { agent_ids: [ids['agentId'], ids['otherAgentId']] } : {}),
    };
  }

  for (const tool of allTools()) {
    it(tool.name, async () => {
      const named = tool.about === 'contact' || tool.about === 'any_contact' ? { contact_id: ids['contactId'] } : {};
      const session = ['close_session', 'get_session_summary'].includes(tool.name)
        ? { session_id: ids['sessionId'] }
        : {};
      const example =
        tool.name === 'summarize_document' ? { message_id: ids['messageId'] } : tool.examples[0]?.arguments;
      const args = { ...withIds({ ...example }), ...named, ...session };
      const { status, text, body } = await execute(tool.name, args);
      assert.equal(status, 200, text);
      assert.ok(Object.keys(body.result).length > 0);
      for (const alias of tool.aliases) {
        const { status: same } = await execute(alias, args);
        assert.equal(same, 200, alias);
      }
      if (!('cursor' in tool.input.shape)) return;
      for (const cursor of Object.values(CURSORS)) {
        const wrong = await execute(tool.name, { ...args, cursor });
        assert.deepEqual([wrong.status, wrong.body.code], [400, 'CURSOR_INVALID'], cursor);
      }
    });
  }

  it('there are at least 45 of them', () => assert.ok(allTools().length >= 45, String(allTools().length)));

  it('predict_churn_risk says which factors made its number', async () => {
    const { body } = await execute('predict_churn_risk', { contact_id: ids['contactId'] });
    const { risk, factors } = body.result;
    const sum = factors.reduce((total: number, factor: { contribution: number }) => total + factor.contribution, 0);
    assert.ok(Math.abs(sum - risk) < 0.001);
    const weights = factors.reduce((total: number, factor: { weight: number }) => total + factor.weight, 0);
    assert.ok(Math.abs(weights - 1) < 1e-9);
    const sentiment = factors.find(({ factor }: { factor: string }) => factor === 'sentiment');
    assert.ok(sentiment.contribution > 0);
  });
});
