import { z } from 'zod';
import { agentStats, periodOf, type AgentStats } from '../../crm/agent-stats';
import { defineTool } from '../define-tool';

const METRICS = ['conversion_rate', 'response_time', 'satisfaction', 'resolution_rate'] as const;

export const getTopAgent = defineTool({
  name: 'get_top_agent',
  aliases: ['get_top_performing_agent'],
  description:
    'Diz quem da equipe foi melhor em um período, por conversão, tempo de resposta, satisfação ou resolução.',
  input: z.strictObject({ metric: z.enum(METRICS), period: z.enum(['week', 'month', 'quarter']) }),
  output: z.object({
    metric: z.string(),
    agent_id: z.string().nullable(),
    name: z.string().nullable(),
    value: z.number().nullable(),
    ranking: z.array(z.object({ agent_id: z.string(), name: z.string(), value: z.number() })),
  }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [{ says: 'Quem respondeu mais rápido na semana?', arguments: { metric: 'response_time', period: 'week' } }],
  async run(tx, { metric, period }, { tenantId }) {
    const stats = await agentStats(tx, tenantId, { agentIds: null, ...periodOf(period) });
    const ranking = stats
      .flatMap((agent) => {
        const value = valueOf(agent, metric);
        return value === null ? [] : [{ agent_id: agent.agentId, name: agent.name, value }];
      })
      // The fewest seconds are best; of everything else, the most.
      .toSorted((a, b) => (metric === 'response_time' ? a.value - b.value : b.value - a.value));
    const [best] = ranking;
    return { metric, agent_id: best?.agent_id ?? null, name: best?.name ?? null, value: best?.value ?? null, ranking };
  },
});

function valueOf(agent: AgentStats, metric: (typeof METRICS)[number]): number | null {
  switch (metric) {
    case 'conversion_rate':
      return agent.conversionRate;
    case 'response_time':
      return agent.responseSeconds;
    case 'satisfaction':
      return agent.satisfaction;
    case 'resolution_rate':
      return agent.resolutionRate;
  }
}
