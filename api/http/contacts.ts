import {
  contactStats,
  contactTotals,
  createContact,
  deleteContact,
  getContact,
  listContacts,
  updateContact,
} from '../../core/crm/contacts';
import { listSessions } from '../../core/crm/sessions';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { sessionSchema } from './sessions';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

export const contactSchema = z
  .object({
    id: uuid(),
    name: z.string(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    external_id: z.string().nullable(),
    source_channel: z.string().nullable(),
    language: z.string(),
    timezone: z.string().nullable(),
    tags: z.array(z.string()),
    custom_fields: z.record(z.string(), z.unknown()),
    profile_picture_url: z.string().nullable(),
    first_interaction_at: timestamp().nullable(),
    last_interaction_at: timestamp().nullable(),
    version: z.number().int(),
    created_at: timestamp(),
    updated_at: timestamp(),
  })
  .openapi('Contact');

const fields = {
  name: z.string().trim().min(1).max(200),
  email: z.email().max(254).nullable(),
  phone: z.string().max(40).nullable().openapi({ example: '+5511987654321' }),
  external_id: z.string().min(1).max(200).nullable(),
  source_channel: z.string().max(100).nullable(),
  language: z.string().min(2).max(35),
  timezone: z.string().max(64).nullable(),
  tags: z.array(z.string().trim().min(1).max(100)).max(100),
  custom_fields: z.record(z.string().max(100), z.json()).openapi({ type: 'object', additionalProperties: true }),
  profile_picture_url: z.url().max(2000).nullable(),
};

const changesSchema = z.object(fields).partial().strict();
export const newContactBody = changesSchema.required({ name: true }).openapi('NewContact');
export const contactChangeBody = changesSchema
  .extend({ version: z.number().int().min(1).openapi({ description: 'The version the change is based on' }) })
  .openapi('ContactChange');

const listQuery = pageQuery.extend({
  tag: z.string().max(100).optional(),
  phone: z.string().max(50).optional().openapi({ description: 'The whole number, in any form' }),
  email: z.string().max(320).optional(),
  external_id: z.string().max(200).optional(),
});
const searchQuery = pageQuery.extend({ q: z.string().trim().min(1).max(200) });

const statsSchema = z
  .object({
    messages_received: z.number().int(),
    messages_sent: z.number().int(),
    sessions: z.number().int(),
    active_sessions: z.number().int(),
    facts: z.number().int(),
    enrichments: z.number().int(),
    cost_micros: z.number().int().openapi({ description: 'Micro-dollars' }),
    first_message_at: timestamp().nullable(),
    last_message_at: timestamp().nullable(),
  })
  .openapi('ContactStats');

const totalsSchema = z
  .object({
    total: z.number().int(),
    created_last7_days: z.number().int(),
    created_last30_days: z.number().int(),
    with_active_session: z.number().int(),
  })
  .openapi('ContactTotals');

export function contactRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/contacts',
      tag: 'contacts',
      summary: 'List contacts, newest first',
      scope: 'contacts.view',
      query: listQuery,
      response: { status: 200, description: 'A page of contacts', body: pageOf(contactSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'contacts' }, query, (page) => {
          const { tag, phone, email, external_id: externalId } = query;
          return db.withTenant(tenantId, (tx) =>
            listContacts(tx, tenantId, { ...page, tag, phone, email, externalId }),
          );
        }),
    }),
    route({
      method: 'post',
      path: '/api/v1/contacts',
      tag: 'contacts',
      summary: 'Create a contact',
      scope: 'contacts.manage',
      body: newContactBody,
      response: { status: 201, description: 'The contact', body: contactSchema },
      async handler({ caller: { tenantId }, body }) {
        return present(
          await db.withTenant(tenantId, (tx) =>
            createContact(tx, tenantId, { ...toContactChanges(body), name: body.name }),
          ),
        );
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/contacts/search',
      tag: 'contacts',
      summary: 'Search contacts by name, e-mail or digits of the phone, without regard to accents',
      scope: 'contacts.view',
      query: searchQuery,
      response: { status: 200, description: 'A page of contacts', body: pageOf(contactSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'contacts/search' }, query, (page) =>
          db.withTenant(tenantId, (tx) => listContacts(tx, tenantId, { ...page, search: query.q })),
        ),
    }),
    route({
      method: 'get',
      path: '/api/v1/contacts/stats',
      tag: 'contacts',
      summary: 'Numbers about all contacts',
      scope: 'contacts.view',
      response: { status: 200, description: 'The numbers', body: totalsSchema },
      async handler({ caller: { tenantId } }) {
        return present(await db.withTenant(tenantId, (tx) => contactTotals(tx, tenantId)));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/contacts/{id}',
      tag: 'contacts',
      summary: 'Read a contact',
      scope: 'contacts.view',
      params: idParams,
      response: { status: 200, description: 'The contact', body: contactSchema },
      async handler({ caller: { tenantId }, params }) {
        return present(await db.withTenant(tenantId, (tx) => getContact(tx, tenantId, params.id)));
      },
    }),
    route({
      method: 'patch',
      path: '/api/v1/contacts/{id}',
      tag: 'contacts',
      summary: 'Change a contact',
      description: 'Refused with OPTIMISTIC_LOCK_CONFLICT if somebody changed it since `version`.',
      scope: 'contacts.manage',
      params: idParams,
      body: contactChangeBody,
      response: { status: 200, description: 'The contact', body: contactSchema },
      async handler({ caller: { tenantId }, params, body: { version, ...body } }) {
        const change = { contactId: params.id, version, changes: toContactChanges(body) };
        return present(await db.withTenant(tenantId, (tx) => updateContact(tx, tenantId, change)));
      },
    }),
    route({
      method: 'delete',
      path: '/api/v1/contacts/{id}',
      tag: 'contacts',
      summary: 'Delete a contact',
      description: 'It no longer appears; its messages are kept.',
      scope: 'contacts.manage',
      params: idParams,
      response: { status: 204, description: 'Deleted', body: null },
      handler: ({ caller: { tenantId }, params }) =>
        db.withTenant(tenantId, (tx) => deleteContact(tx, tenantId, params.id)),
    }),
    route({
      method: 'get',
      path: '/api/v1/contacts/{id}/stats',
      tag: 'contacts',
      summary: 'Numbers about one contact',
      scope: 'contacts.view',
      params: idParams,
      response: { status: 200, description: 'The numbers', body: statsSchema },
      async handler({ caller: { tenantId }, params }) {
        return present(await db.withTenant(tenantId, (tx) => contactStats(tx, tenantId, params.id)));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/contacts/{id}/sessions',
      tag: 'contacts',
      summary: 'Sessions of a contact, newest first',
      scope: 'sessions.view',
      params: idParams,
      query: pageQuery,
      response: { status: 200, description: 'A page of sessions', body: pageOf(sessionSchema) },
      handler: ({ caller: { tenantId }, params, query }) =>
        paging.answer({ tenantId, list: `contacts/${params.id}/sessions` }, query, (page) =>
          db.withTenant(tenantId, async (tx) => {
            await getContact(tx, tenantId, params.id);
            return listSessions(tx, tenantId, { ...page, contactId: params.id });
          }),
        ),
    }),
  ];
}

/** The API's names to ours. Only what was sent: an absent field stays as it is. */
export function toContactChanges(body: Partial<z.output<typeof newContactBody>>) {
  const { external_id, source_channel, custom_fields, profile_picture_url, ...same } = body;
  return {
    ...same,
    ...(external_id === undefined ? {} : { externalId: external_id }),
    ...(source_channel === undefined ? {} : { sourceChannel: source_channel }),
    ...(custom_fields === undefined ? {} : { customFields: custom_fields }),
    ...(profile_picture_url === undefined ? {} : { profilePictureUrl: profile_picture_url }),
  };
}
