import { getAgent } from '../../core/agents/team/agents';
import { listNotifications } from '../../core/crm/contact-events';
import { eventSchema } from './contact-events';
import type { EdgeDeps } from './edge';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery } from './zod';

export function notificationRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/agents/{id}/notifications',
      tag: 'agents',
      summary: 'What a person was told, newest first',
      description:
        'For example that somebody else has a conversation of theirs now. As it happens: `/api/v1/conversations/stream`.',
      scope: 'sessions.view',
      params: idParams,
      query: pageQuery,
      response: { status: 200, description: 'A page of lines of timelines', body: pageOf(eventSchema) },
      handler: ({ caller: { tenantId }, params, query }) =>
        paging.answer({ tenantId, list: `agents/${params.id}/notifications` }, query, (page) =>
          db.withTenant(tenantId, async (tx) => {
            await getAgent(tx, tenantId, params.id);
            return listNotifications(tx, tenantId, { ...page, agentId: params.id });
          }),
        ),
    }),
  ];
}
