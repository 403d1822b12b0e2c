import {
  changeMembership,
  createList,
  deleteList,
  getList,
  listContactsOf,
  listLists,
  recalculateList,
  updateList,
} from '../../core/crm/contact-lists';
import { FILTER_OPERATORS, FILTER_TYPES } from '../../core/crm/list-filter';
import { contactSchema } from './contacts';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const ruleSchema = z
  .object({
    type: z.enum(FILTER_TYPES),
    field: z
      .string()
      .max(200)
      .default('')
      .openapi({ description: 'An attribute, a custom field, an event type or a number about interactions' }),
    operator: z.enum(FILTER_OPERATORS),
    value: z
      .union([z.string().max(500), z.number(), z.boolean(), z.array(z.string().max(500)).max(200), z.null()])
      .default(null),
  })
  .strict()
  .openapi('ListRule');

const listSchema = z
  .object({
    id: uuid(),
    name: z.string(),
    description: z.string().nullable(),
    operator: z.string(),
    is_static: z.boolean(),
    rules: z.unknown().openapi({ type: 'array', items: { $ref: '#/components/schemas/ListRule' } }),
    contact_count: z.number().int(),
    last_calculated_at: timestamp().nullable(),
    version: z.number().int(),
    created_at: timestamp(),
    updated_at: timestamp(),
  })
  .openapi('ContactList');

const fields = {
  name: z.string().trim().min(1).max(200),
  description: z.string().max(2000).nullable(),
  operator: z.enum(['AND', 'OR']),
  rules: z.array(ruleSchema).max(50),
};
const changes = z.object(fields).partial().strict();
const createBody = changes
  .required({ name: true })
  .extend({ is_static: z.boolean().optional() })
  .openapi('NewContactList');
const updateBody = changes.extend({ version: z.number().int().min(1) }).openapi('ContactListChange');
const memberBody = z.object({ contact_id: uuid() }).strict().openapi('ListMember');
const memberParams = z.object({ id: uuid(), contact_id: uuid() });

export function contactListRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/contact-lists',
      tag: 'contact-lists',
      summary: 'List contact lists, newest first',
      scope: 'contacts.view',
      query: pageQuery,
      response: { status: 200, description: 'A page of lists', body: pageOf(listSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'contact-lists' }, query, (page) =>
          db.withTenant(tenantId, (tx) => listLists(tx, tenantId, page)),
        ),
    }),
    route({
      method: 'post',
      path: '/api/v1/contact-lists',
      tag: 'contact-lists',
      summary: 'Create a contact list',
      description: 'With rules, or static. A list without rules that is not static is empty.',
      scope: 'contacts.manage',
      body: createBody,
      response: { status: 201, description: 'The list', body: listSchema },
      handler: async ({ caller: { tenantId }, body: { is_static: isStatic = false, ...body } }) =>
        present(await db.withTenant(tenantId, (tx) => createList(tx, tenantId, { ...body, isStatic }))),
    }),
    route({
      method: 'get',
      path: '/api/v1/contact-lists/{id}',
      tag: 'contact-lists',
      summary: 'Read a contact list',
      scope: 'contacts.view',
      params: idParams,
      response: { status: 200, description: 'The list', body: listSchema },
      handler: async ({ caller: { tenantId }, params }) =>
        present(await db.withTenant(tenantId, (tx) => getList(tx, tenantId, params.id))),
    }),
    route({
      method: 'patch',
      path: '/api/v1/contact-lists/{id}',
      tag: 'contact-lists',
      summary: 'Change a contact list',
      description: 'Refused with OPTIMISTIC_LOCK_CONFLICT if somebody changed it since `version`.',
      scope: 'contacts.manage',
      params: idParams,
      body: updateBody,
      response: { status: 200, description: 'The list', body: listSchema },
      handler: async ({ caller: { tenantId }, params, body: { version, ...body } }) =>
        present(
          await db.withTenant(tenantId, (tx) =>
            updateList(tx, tenantId, { listId: params.id, version, changes: body }),
          ),
        ),
    }),
    route({
      method: 'delete',
      path: '/api/v1/contact-lists/{id}',
      tag: 'contact-lists',
      summary: 'Delete a contact list',
      scope: 'contacts.manage',
      params: idParams,
      response: { status: 204, description: 'Deleted', body: null },
      handler: ({ caller: { tenantId }, params }) =>
        db.withTenant(tenantId, (tx) => deleteList(tx, tenantId, params.id)),
    }),
    route({
      method: 'post',
      path: '/api/v1/contact-lists/{id}/recalculate',
      tag: 'contact-lists',
      summary: 'Count the contacts of a list again',
      scope: 'contacts.manage',
      params: idParams,
      response: { status: 200, description: 'The list', body: listSchema },
      handler: async ({ caller: { tenantId }, params }) =>
        present(await db.withTenant(tenantId, (tx) => recalculateList(tx, tenantId, params.id))),
    }),
    route({
      method: 'get',
      path: '/api/v1/contact-lists/{id}/contacts',
      tag: 'contact-lists',
      summary: 'Who is on a list now',
      scope: 'contacts.view',
      params: idParams,
      query: pageQuery,
      response: { status: 200, description: 'A page of contacts', body: pageOf(contactSchema) },
      handler: ({ caller: { tenantId }, params, query }) =>
        paging.answer({ tenantId, list: `contact-lists/${params.id}` }, query, (page) =>
          db.withTenant(tenantId, (tx) => listContactsOf(tx, tenantId, { ...page, listId: params.id })),
        ),
    }),
    route({
      method: 'post',
      path: '/api/v1/contact-lists/{id}/contacts',
      tag: 'contact-lists',
      summary: 'Put a contact on a static list',
      scope: 'contacts.manage',
      params: idParams,
      body: memberBody,
      response: { status: 200, description: 'The list', body: listSchema },
      handler: async ({ caller: { tenantId }, params, body }) => {
        const change = { listId: params.id, contactId: body.contact_id, isMember: true };
        return present(await db.withTenant(tenantId, (tx) => changeMembership(tx, tenantId, change)));
      },
    }),
    route({
      method: 'delete',
      path: '/api/v1/contact-lists/{id}/contacts/{contact_id}',
      tag: 'contact-lists',
      summary: 'Take a contact off a static list',
      scope: 'contacts.manage',
      params: memberParams,
      response: { status: 200, description: 'The list', body: listSchema },
      handler: async ({ caller: { tenantId }, params }) => {
        const change = { listId: params.id, contactId: params.contact_id, isMember: false };
        return present(await db.withTenant(tenantId, (tx) => changeMembership(tx, tenantId, change)));
      },
    }),
  ];
}
