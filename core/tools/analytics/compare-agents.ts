import { z } from 'zod';
import { agentStats } from '../../crm/agent-stats';
import { meanScore, qualityOf } from '../../crm/message-quality';
import { defineTool } from '../define-tool';
import { periodInput, readPeriod, requireAgents, textsOf } from './agent-period';

const DIMENSIONS = ['quality', 'response_time', 'resolution_rate', 'conversion_rate', 'satisfaction'] as const;
const SAMPLE = 50;

export const compareAgents = defineTool({
  name: 'compare_agents',
  description: 'Compara de 2 a 5 pessoas ou agentes e diz quem foi melhor em cada dimensão e no geral.',
  input: z.strictObject({
    agent_ids: z.array(z.guid()).min(2).max(5),
    ...periodInput,
    dimensions: z
      .array(z.enum(DIMENSIONS))
      .min(1)
      .default([...DIMENSIONS]),
  }),
  output: z.object({
    winner: z.string().nullable(),
    dimensions: z.array(
      z.object({
        dimension: z.string(),
        winner: z.string().nullable(),
        values: z.array(z.object({ agent_id: z.string(), value: z.number().nullable() })),
      }),
    ),
  }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [
    {
      says: 'Quem atende melhor?',
      arguments: { agent_ids: ['01a20630-35d0-7562-8948-23743a1a6e08', '01a20630-35d0-7562-8948-23743a1a6e09'] },
    },
  ],
  async run(tx, { agent_ids: agentIds, dimensions, ...written }, { tenantId, tell }) {
    await requireAgents(tx, tenantId, agentIds);
    const period = readPeriod(written);
    const stats = new Map((await agentStats(tx, tenantId, { agentIds, ...period })).map((row) => [row.agentId, row]));
    const quality = new Map<string, number | null>();
    for (const [index, agentId] of agentIds.entries()) {
      tell('analyzing', index / agentIds.length);
      const texts = await textsOf(tx, tenantId, { agentId, sampleSize: SAMPLE, ...period });
      quality.set(agentId, texts.length === 0 ? null : meanScore(qualityOf(texts)));
    }
    tell('comparing', 0);
    const valueOf = (agentId: string, dimension: (typeof DIMENSIONS)[number]): number | null => {
      const own = stats.get(agentId);
      if (dimension === 'quality') return quality.get(agentId) ?? null;
      if (dimension === 'response_time') return own?.responseSeconds ?? null;
      if (dimension === 'resolution_rate') return own?.resolutionRate ?? null;
      return (dimension === 'conversion_rate' ? own?.conversionRate : own?.satisfaction) ?? null;
    };
    const compared = dimensions.map((dimension) => {
      const values = agentIds.map((agentId) => ({ agent_id: agentId, value: valueOf(agentId, dimension) }));
      return { dimension, values, winner: bestOf(values, dimension === 'response_time') };
    });
    const wins = agentIds.map((agentId) => ({
      agent_id: agentId,
      value: compared.filter(({ winner }) => winner === agentId).length,
    }));
    return { winner: bestOf(wins, false), dimensions: compared };
  },
});

/** Null when nobody has a value, or two share the best one. */
function bestOf(values: { agent_id: string; value: number | null }[], lessIsBetter: boolean): string | null {
  const known = values.flatMap(({ agent_id, value }) => (value === null ? [] : [{ agent_id, value }]));
  const [first, second] = known.toSorted((a, b) => (lessIsBetter ? a.value - b.value : b.value - a.value));
  return first && first.value !== second?.value ? first.agent_id : null;
}
