import { createVirtualAgent, endVirtualPeriod } from '../../core/agents/team/virtual';
import { agentSchema } from './agents';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, timestamp, z } from './zod';

const createBody = z
  .strictObject({
    represents_person_name: z.string().trim().min(1).max(180),
    period_start: timestamp(),
    period_end: timestamp().optional().openapi({ description: 'Without it the period has not ended' }),
    reason: z.string().trim().min(1).max(500),
  })
  .openapi('NewVirtualAgent');

const endBody = z
  .strictObject({ period_end: timestamp().optional().openapi({ description: 'Without it now' }) })
  .openapi('PeriodEnd');

export function virtualAgentRoutes({ db }: EdgeDeps): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/v1/agents/virtual',
      tag: 'agents',
      summary: 'Add somebody of the past',
      description:
        'So that an imported history names who wrote what the company said (`default_agent_id`). Nothing is assigned to it, ' +
        'it sends nothing, and no figure counts it.',
      scope: 'members.manage',
      body: createBody,
      response: { status: 201, description: 'The agent', body: agentSchema },
      handler: async ({ caller: { tenantId }, body }) => {
        const virtual = {
          personName: body.represents_person_name,
          start: new Date(body.period_start),
          end: body.period_end === undefined ? null : new Date(body.period_end),
          reason: body.reason,
        };
        return present(await db.withTenant(tenantId, (tx) => createVirtualAgent(tx, tenantId, virtual)));
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/agents/{id}/end-period',
      tag: 'agents',
      summary: 'Say until when somebody of the past was there',
      scope: 'members.manage',
      params: idParams,
      body: endBody,
      response: { status: 200, description: 'The agent', body: agentSchema },
      handler: async ({ caller: { tenantId }, params, body }) => {
        const end = body.period_end === undefined ? new Date() : new Date(body.period_end);
        const change = { agentId: params.id, end };
        return present(await db.withTenant(tenantId, (tx) => endVirtualPeriod(tx, tenantId, change)));
      },
    }),
  ];
}
