import { z } from 'zod';
import { loadRun } from '../../agents/runs/store';
import { defineTool } from '../define-tool';

export const getAgentRun = defineTool({
  name: 'get_agent_run',
  description: 'Lê a resposta de um agente que foi consultado (ask_sdr, ask_bi_manager, ask_agent_analyzer).',
  input: z.strictObject({ run_id: z.guid() }),
  output: z.object({
    run_id: z.string(),
    agent: z.string(),
    status: z.string(),
    answer: z.string().nullable(),
    error_code: z.string().nullable(),
    flags: z.array(z.string()),
  }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [{ says: 'O que o BI respondeu?', arguments: { run_id: '01a20630-35d0-7562-8948-23743a1a6e08' } }],
  async run(tx, { run_id: runId }, { tenantId }) {
    const { id, agent, status, answer, errorCode, flags } = await loadRun(tx, { tenantId, runId });
    return { run_id: id, agent, status, answer, error_code: errorCode, flags };
  },
});
