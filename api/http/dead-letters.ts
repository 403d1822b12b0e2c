import { getDeadLetter, listDeadLetters } from '../../core/crm/dead-letters';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const deadLetterSchema = z
  .object({
    id: uuid(),
    channel_id: uuid().nullable(),
    source: z.string(),
    error_code: z.string(),
    reason: z.string(),
    created_at: timestamp(),
    replayed_at: timestamp().nullable(),
  })
  .openapi('DeadLetter');

const withBodySchema = deadLetterSchema
  .extend({ body: z.string().openapi({ description: 'As it came' }) })
  .openapi('WholeDeadLetter');

const listQuery = pageQuery.extend({ channel_id: uuid().optional() });

export function deadLetterRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/dead-letters',
      tag: 'dead letters',
      summary: 'List what a channel sent and nobody could read, newest first',
      scope: 'audit.view',
      query: listQuery,
      response: { status: 200, description: 'A page of dead letters', body: pageOf(deadLetterSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'dead-letters' }, query, (at) =>
          db.withTenant(tenantId, (tx) => listDeadLetters(tx, tenantId, { ...at, channelId: query.channel_id })),
        ),
    }),
    route({
      method: 'get',
      path: '/api/v1/dead-letters/{id}',
      tag: 'dead letters',
      summary: 'Read a dead letter with its body',
      scope: 'audit.view',
      params: idParams,
      response: { status: 200, description: 'The dead letter', body: withBodySchema },
      async handler({ caller: { tenantId }, params }) {
        return present(await db.withTenant(tenantId, (tx) => getDeadLetter(tx, tenantId, params.id)));
      },
    }),
  ];
}
