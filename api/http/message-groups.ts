import { getMessageGroup, listMessageGroups, MESSAGE_GROUP_TYPES } from '../../core/crm/message-groups';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const groupSchema = z
  .object({
    id: uuid().openapi({ description: 'Also the turn that answered them' }),
    contact_id: uuid(),
    conversation_id: uuid(),
    session_id: uuid(),
    type: z.enum(MESSAGE_GROUP_TYPES).openapi({ description: '`late_media`: media whose text came after their turn' }),
    status: z.string(),
    started_at: timestamp(),
    completed_at: timestamp().nullable(),
    message_count: z.number().int(),
  })
  .openapi('MessageGroup');

const wholeSchema = groupSchema
  .extend({
    messages: z.array(
      z.object({
        id: uuid(),
        content_type: z.string(),
        text: z.string().nullable(),
        enrichment_status: z.string().nullable(),
        enrichment_text: z.string().nullable().openapi({ description: 'At most the first 4,000 characters' }),
      }),
    ),
  })
  .openapi('MessageGroupWithMessages');

const listQuery = pageQuery.extend({ contact_id: uuid().optional(), type: z.enum(MESSAGE_GROUP_TYPES).optional() });

export function messageGroupRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/message-groups',
      tag: 'messages',
      summary: 'Which messages were answered together, newest first',
      scope: 'messages.view',
      query: listQuery,
      response: { status: 200, description: 'A page of groups', body: pageOf(groupSchema) },
      handler: ({ caller: { tenantId }, query: { contact_id: contactId, type, ...query } }) =>
        paging.answer({ tenantId, list: 'message-groups' }, query, (page) =>
          db.withTenant(tenantId, (tx) => listMessageGroups(tx, tenantId, { ...page, contactId, type })),
        ),
    }),
    route({
      method: 'get',
      path: '/api/v1/message-groups/{id}',
      tag: 'messages',
      summary: 'Read a group with its messages and what was read of their media',
      scope: 'messages.view',
      params: idParams,
      response: { status: 200, description: 'The group', body: wholeSchema },
      handler: async ({ caller: { tenantId }, params }) => {
        const of = { groupId: params.id, contactId: null };
        return present(await db.withTenant(tenantId, (tx) => getMessageGroup(tx, tenantId, of)));
      },
    }),
  ];
}
