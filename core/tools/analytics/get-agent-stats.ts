import { z } from 'zod';
import { agentStats } from '../../crm/agent-stats';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { periodInput, readPeriod, requireAgents } from './agent-period';

export const agentStatsShape = z.object({
  agent_id: z.string(),
  name: z.string(),
  type: z.string(),
  messages: z.number(),
  sessions: z.number(),
  contacts: z.number(),
  response_seconds: z.number().nullable(),
  resolution_rate: z.number().nullable(),
  conversion_rate: z.number().nullable(),
  satisfaction: z.number().nullable(),
});

export const getAgentStats = defineTool({
  name: 'get_agent_stats',
  aliases: ['get_agent_performance', 'get_agent_conversion_stats'],
  description:
    'Mostra o desempenho de pessoas e agentes: mensagens, tempo de resposta, resolução, conversão, satisfação.',
  input: z.strictObject({ agent_ids: z.array(z.guid()).max(50).optional(), ...periodInput }),
  output: z.object({ agents: z.array(agentStatsShape) }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [{ says: 'Como o time foi no último mês?', arguments: {} }],
  async run(tx, { agent_ids: agentIds, ...period }, { tenantId }) {
    if (agentIds) await requireAgents(tx, tenantId, agentIds);
    const stats = await agentStats(tx, tenantId, { agentIds: agentIds ?? null, ...readPeriod(period) });
    return { agents: stats.map((row) => agentStatsShape.parse(present(row))) };
  },
});
