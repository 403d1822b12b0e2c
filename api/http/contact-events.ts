import { addContactEvent, listContactEvents } from '../../core/crm/contact-events';
import { changeTags } from '../../core/crm/contact-tags';
import { getContact } from '../../core/crm/contacts';
import { contactEventsAfter, isContactKept } from '../../core/crm/live/contact-events';
import { EVENT_CATEGORIES, PRIORITIES } from '../../core/crm/types';
import type { EdgeDeps } from './edge';
import { streamHeaders, streamOf, STREAMS } from './event-stream';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

export const eventSchema = z
  .object({
    id: uuid(),
    contact_id: uuid(),
    session_id: uuid().nullable(),
    category: z.string(),
    event_type: z.string(),
    title: z.string(),
    payload: z.unknown(),
    priority: z.string(),
    source: z.string(),
    visible_to_client: z.boolean(),
    told_agent_id: uuid().nullable().openapi({ description: 'The person it is for' }),
    occurred_at: timestamp(),
  })
  .openapi('ContactEvent');

const createBody = z
  .object({
    category: z.enum(EVENT_CATEGORIES),
    event_type: z.string().regex(/^[a-z][a-z0-9_.]{0,99}$/),
    title: z.string().trim().min(1).max(300),
    payload: z
      .record(z.string().max(100), z.json())
      .default({})
      .openapi({ type: 'object', additionalProperties: true }),
    priority: z.enum(PRIORITIES).default('normal'),
    visible_to_client: z.boolean().default(false),
    occurred_at: timestamp().optional(),
  })
  .strict()
  .openapi('NewContactEvent');

const listQuery = pageQuery.extend({ category: z.enum(EVENT_CATEGORIES).optional() });

const tagsBody = z
  .object({
    tags: z.array(z.string().trim().min(1).max(100)).max(100),
    operation: z.enum(['add', 'remove', 'replace']),
  })
  .strict()
  .openapi('TagChange');

export function contactEventRoutes({ db, paging, streams }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/contacts/{id}/events',
      tag: 'contacts',
      summary: 'The timeline of a contact, newest first',
      scope: 'contacts.view',
      params: idParams,
      query: listQuery,
      response: { status: 200, description: 'A page of events', body: pageOf(eventSchema) },
      handler: ({ caller: { tenantId }, params, query: { category, ...query } }) =>
        paging.answer({ tenantId, list: `contacts/${params.id}/events` }, query, (page) =>
          db.withTenant(tenantId, async (tx) => {
            await getContact(tx, tenantId, params.id);
            const categories = category && [category];
            return listContactEvents(tx, tenantId, { ...page, contactId: params.id, categories });
          }),
        ),
    }),
    route({
      method: 'get',
      path: '/api/v1/contacts/{id}/events/stream',
      tag: 'contacts',
      summary: 'The timeline of a contact as it is written',
      description:
        `Server-sent events named \`contact_event\`, with a ContactEvent as data. ${STREAMS} An event \`end\` says why the ` +
        'server closes it: `key_not_in_force`, `contact_gone` (deleted, or being forgotten) or `server_closing`.',
      scope: 'contacts.view',
      params: idParams,
      headers: streamHeaders,
      response: streamOf(eventSchema),
      async handler({ caller, params, request, response }) {
        const { tenantId } = caller;
        const contactId = params.id;
        await db.withTenant(tenantId, (tx) => getContact(tx, tenantId, contactId), { isReadOnly: true });
        await streams(request, response, {
          caller,
          scope: 'contacts.view',
          load: (tx, query) => contactEventsAfter(tx, tenantId, { ...query, contactId }),
          isOver: async (tx, since) =>
            (await isContactKept(tx, tenantId, { contactId, since })) ? null : 'contact_gone',
          present: (event) => ({ name: 'contact_event', data: eventSchema.parse(present(event)) }),
        });
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/contacts/{id}/events',
      tag: 'contacts',
      summary: 'Add a line to the timeline of a contact',
      scope: 'contacts.manage',
      params: idParams,
      body: createBody,
      response: { status: 201, description: 'The event', body: eventSchema },
      handler: async ({ caller: { tenantId }, params, body }) =>
        present(
          await db.withTenant(tenantId, async (tx) => {
            await getContact(tx, tenantId, params.id);
            return addContactEvent(tx, tenantId, {
              contactId: params.id,
              category: body.category,
              eventType: body.event_type,
              title: body.title,
              payload: body.payload,
              priority: body.priority,
              source: 'user',
              visibleToClient: body.visible_to_client,
              ...(body.occurred_at ? { occurredAt: new Date(body.occurred_at) } : {}),
            });
          }),
        ),
    }),
    route({
      method: 'post',
      path: '/api/v1/contacts/{id}/tags',
      tag: 'contacts',
      summary: 'Add, remove or replace tags of a contact',
      scope: 'contacts.manage',
      params: idParams,
      body: tagsBody,
      response: { status: 200, description: 'The tags it has now', body: z.object({ tags: z.array(z.string()) }) },
      handler: async ({ caller: { tenantId, userId }, params, body }) => {
        const change = { ...body, contactId: params.id, actor: { by: 'user', user_id: userId } as const };
        return { tags: await db.withTenant(tenantId, (tx) => changeTags(tx, tenantId, change)) };
      },
    }),
  ];
}
