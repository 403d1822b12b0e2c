import { ALL_SCOPES } from '../../../core/accounts/scopes';
import { requestRun } from '../../../core/agents/runs/request';
import { loadRun } from '../../../core/agents/runs/store';
import { openBatch } from '../../../core/agents/replay/batch';
import { overloaded } from '../../../simulator';
import { dayReplayWorkflowId } from '../../../workflows/day-replay/ids';
import { QUEUES } from '../../../workflows/shared/queues';
import { searchAttributes } from '../../../workflows/shared/search-attributes';
import { repliesTo, settled } from '../../journeys/support';
import { eventually } from '../../support/eventually';
import { modelDoes, type Scene } from './scene';

/** Agents beside the conversations: past turns once more, and answers for staff. */
export const AGENTS_SCENES: Record<string, Scene> = {
  'a-replayed-day': async (product, customer, tenantId) => {
    const agentSays = (text: string, name: string, args: Record<string, unknown>) =>
      modelDoes(
        product,
        { match: { hasToolResult: false }, toolCalls: [{ name, arguments: args }] },
        { match: { lastUserMatches: 'Verificação interna' }, text: 'Vou verificar e te aviso.' },
        { match: {}, text },
      );
    agentSays('Vamos ver isso juntos.', 'get_contact_facts', {});
    await customer.says('Minha cafeteira não liga, dá erro');
    await repliesTo(customer, 1);
    await customer.says('Agora ela faz barulho');
    await repliesTo(customer, 2);
    await settled(product, tenantId);
    // Told otherwise, the model searches and claims what it did not do; the second day meets a model that is down.
    agentSays('Agendei a visita para sexta.', 'search_memory', { query: 'garantia' });
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Sao_Paulo' }).format(new Date());
    const replayDay = async () => {
      const { id: batchId } = await product.db.withTenant(tenantId, (tx) =>
        openBatch(tx, tenantId, { day, agentId: null, changes: { instructions: 'Resolva logo.' } }),
      );
      const input = { tenantId, batchId };
      await product.client.workflow.execute('dayReplayWorkflow', {
        workflowId: dayReplayWorkflowId(input),
        taskQueue: QUEUES.workflows,
        args: [input],
        typedSearchAttributes: searchAttributes({ tenantId, kind: 'day-replay' }),
      });
    };
    await replayDay();
    product.simulator.fault('openai', overloaded('openai'));
    await replayDay();
    product.simulator.clearFaults();
    product.simulator.script({});
  },
  'agents-for-staff': async (product, _customer, tenantId) => {
    const ask = async (key: string, question: string) => {
      const authority = { via: 'rest', userId: null, keyId: null, scopes: ALL_SCOPES } as const;
      const request = { tenantId, agent: { key }, question, contactId: null, authority };
      const { runId } = await product.db.withTenant(tenantId, (tx) => requestRun(tx, request));
      await eventually('the answer', async () => {
        const run = await product.db.withTenant(tenantId, (tx) => loadRun(tx, { tenantId, runId }));
        return run.finishedAt;
      });
    };
    await ask('bi_manager', 'Quantos leads tivemos e como foi o atendimento?');
    await ask('agent_analyzer', 'Como responderam os agentes?');
    const faulty = { queries: [{ tool: 'nothing', arguments_json: '{', why: '' }] };
    product.simulator.script({
      language: {
        rules: [
          { match: { schemaName: 'agent_plan' }, json: faulty },
          { match: {}, text: 'Não sei.' },
        ],
      },
    });
    await ask('bi_manager', 'Quantos leads tivemos?');
    product.simulator.script({});
    product.simulator.fault('openai', overloaded('openai'));
    await ask('agent_analyzer', 'Como responderam os agentes?');
    product.simulator.clearFaults();
  },
};
