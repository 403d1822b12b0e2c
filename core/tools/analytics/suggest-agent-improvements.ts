import { z } from 'zod';
import { agentStats } from '../../crm/agent-stats';
import { qualityOf } from '../../crm/message-quality';
import { recommendationsFor } from '../../crm/recommendations';
import { defineTool } from '../define-tool';
import { periodInput, readPeriod, requireAgents, textsOf } from './agent-period';

const SAMPLE = 50;
/** A quarter of an hour to answer earns nothing. */
const SLOWEST_SECONDS = 900;

export const suggestAgentImprovements = defineTool({
  name: 'suggest_agent_improvements',
  description: 'Sugere melhorias para uma pessoa ou agente, a partir das mensagens e dos números do período.',
  input: z.strictObject({ agent_id: z.guid(), ...periodInput }),
  output: z.object({
    agent_id: z.string(),
    recommendations: z.array(z.object({ about: z.string(), score: z.number(), recommendation: z.string() })),
  }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [{ says: 'O que a Ana pode melhorar?', arguments: { agent_id: '01a20630-35d0-7562-8948-23743a1a6e08' } }],
  async run(tx, { agent_id: agentId, ...written }, { tenantId }) {
    await requireAgents(tx, tenantId, [agentId]);
    const period = readPeriod(written);
    const texts = await textsOf(tx, tenantId, { agentId, sampleSize: SAMPLE, ...period });
    const [stats] = await agentStats(tx, tenantId, { agentIds: [agentId], ...period });
    const seconds = stats?.responseSeconds;
    const scores = [
      ...(texts.length === 0 ? [] : qualityOf(texts)),
      ...(typeof seconds === 'number'
        ? [{ name: 'response_time', score: Math.round(Math.max(0, 1 - seconds / SLOWEST_SECONDS) * 100) }]
        : []),
      ...(typeof stats?.resolutionRate === 'number'
        ? [{ name: 'resolution_rate', score: Math.round(stats.resolutionRate * 100) }]
        : []),
    ];
    return { agent_id: agentId, recommendations: recommendationsFor(scores) };
  },
});
