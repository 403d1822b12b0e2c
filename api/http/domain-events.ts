import { getContact } from '../../core/crm/contacts';
import { listDomainEvents } from '../../core/crm/domain-events';
import type { EdgeDeps } from './edge';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const domainEventSchema = z
  .object({
    id: uuid(),
    event_type: z.string(),
    event_version: z.string(),
    aggregate_type: z.string(),
    aggregate_id: uuid(),
    contact_id: uuid().nullable(),
    data: z.unknown(),
    correlation_id: z.string().nullable().openapi({ description: 'The request in whose work it was written' }),
    status: z
      .enum(['pending', 'processing', 'processed', 'failed'])
      .openapi({ description: 'How far its delivery is; one that failed is a dead letter' }),
    created_at: timestamp(),
  })
  .openapi('DomainEvent');

const listQuery = pageQuery.extend({
  event_type: z
    .string()
    .max(100)
    .regex(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*(\.\*)?$/)
    .optional()
    .openapi({ description: 'A name, or all with a beginning: `contact.created`, `contact.*`' }),
});

const page = { status: 200, description: 'A page of events', body: pageOf(domainEventSchema) };

export function domainEventRoutes({ db, paging, config }: EdgeDeps): Route[] {
  const kept =
    'Events carry ids and short names (a tag, a tool), not what people wrote. Those that wait or could not be delivered are all here, delivered ones of ' +
    `the last ${config.OUTBOX_KEEP_DAYS} days.`;
  return [
    route({
      method: 'get',
      path: '/api/v1/domain-events',
      tag: 'domain events',
      summary: 'List what happened in the project, newest first',
      description: kept,
      scope: 'settings.view',
      query: listQuery,
      response: page,
      handler: ({ caller: { tenantId }, query: { event_type: eventType, ...query } }) =>
        paging.answer({ tenantId, list: 'domain-events' }, query, (at) =>
          db.withTenant(tenantId, (tx) => listDomainEvents(tx, tenantId, { ...at, eventType })),
        ),
    }),
    route({
      method: 'get',
      path: '/api/v1/contacts/{id}/domain-events',
      tag: 'domain events',
      summary: 'List what happened to a contact and its conversations, newest first',
      description: kept,
      scope: 'contacts.view',
      params: idParams,
      query: listQuery,
      response: page,
      handler: ({ caller: { tenantId }, params, query: { event_type: eventType, ...query } }) =>
        paging.answer({ tenantId, list: `contacts/${params.id}/domain-events` }, query, (at) =>
          db.withTenant(tenantId, async (tx) => {
            await getContact(tx, tenantId, params.id);
            return listDomainEvents(tx, tenantId, { ...at, contactId: params.id, eventType });
          }),
        ),
    }),
  ];
}
