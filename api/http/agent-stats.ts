import { agentStats } from '../../core/crm/agent-stats';
import { getAgent } from '../../core/agents/team/agents';
import { agentStatsShape } from '../../core/tools/analytics/get-agent-stats';
import { readPeriod } from '../../core/tools/analytics/agent-period';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, timestamp, z } from './zod';

const periodQuery = z
  .object({
    start: timestamp().optional().openapi({ description: 'Without it 30 days before the end' }),
    end: timestamp().optional().openapi({ description: 'Without it now' }),
  })
  .refine((query) => isForward(readPeriod(query)), { path: ['start'], message: 'must be before the end' });

function isForward({ from, to }: { from: Date; to: Date }): boolean {
  return from < to;
}

const statsSchema = z
  .object({
    ...agentStatsShape.shape,
    response_seconds: z.number().nullable().openapi({ description: 'From a question to the answer, on average' }),
    resolution_rate: z
      .number()
      .nullable()
      .openapi({ description: 'Share of ended sessions that were not handed over, 0 to 1' }),
    conversion_rate: z
      .number()
      .nullable()
      .openapi({ description: 'Share of contacts that reached a closing status of a pipeline, 0 to 1' }),
    satisfaction: z.number().nullable().openapi({ description: 'How what customers wrote feels, -1 to 1' }),
    from: timestamp(),
    to: timestamp(),
  })
  .openapi('AgentStats');

const NOTHING = {
  messages: 0,
  sessions: 0,
  contacts: 0,
  responseSeconds: null,
  resolutionRate: null,
  conversionRate: null,
  satisfaction: null,
};

export function agentStatsRoutes({ db }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/agents/{id}/stats',
      tag: 'agents',
      summary: 'How a person or an agent did in a period',
      scope: 'analytics.view',
      params: idParams,
      query: periodQuery,
      response: { status: 200, description: 'What it wrote, and what became of it', body: statsSchema },
      handler: ({ caller: { tenantId }, params: { id: agentId }, query }) =>
        db.withTenant(tenantId, async (tx) => {
          const period = readPeriod(query);
          const { name, type } = await getAgent(tx, tenantId, agentId);
          const [stats = { ...NOTHING, agentId, name, type }] = await agentStats(tx, tenantId, {
            agentIds: [agentId],
            ...period,
          });
          return present({ ...stats, ...period });
        }),
    }),
  ];
}
