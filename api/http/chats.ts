import {
  changeChat,
  changeSubject,
  CHAT_STATUSES,
  CHAT_TYPES,
  getChat,
  listChats,
  listParticipants,
  type ChatChange,
} from '../../core/crm/chats';
import type { EdgeDeps } from './edge';
import { given } from './given';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const chatSchema = z
  .object({
    id: uuid(),
    channel_id: uuid(),
    type: z.enum(CHAT_TYPES),
    external_id: z.string().openapi({ description: 'Its address at the channel' }),
    subject: z.string().nullable(),
    status: z.enum(CHAT_STATUSES),
    version: z.number().int(),
    created_at: timestamp(),
    updated_at: timestamp(),
  })
  .openapi('Chat');

const participantSchema = z
  .object({
    contact_id: uuid(),
    name: z.string(),
    phone: z.string().nullable(),
    first_seen_at: timestamp(),
    last_seen_at: timestamp(),
  })
  .openapi('ChatParticipant');

const listQuery = pageQuery.extend({
  type: z.enum(CHAT_TYPES).optional(),
  status: z.enum(CHAT_STATUSES).optional(),
  channel_id: uuid().optional(),
});

const subjectBody = z
  .strictObject({ subject: z.string().trim().min(1).max(200), version: z.number().int().min(1) })
  .openapi('ChatSubject');

const CHANGES: Record<ChatChange, string> = {
  archive: 'Put a chat away; it can be taken out again',
  unarchive: 'Take a chat out of the archive',
  close: 'Close a chat for good',
};

export function chatRoutes({ db, paging }: EdgeDeps): Route[] {
  const found = { status: 200, description: 'The chat', body: chatSchema };
  const changing = (change: ChatChange) =>
    route({
      method: 'post',
      path: `/api/v1/chats/{id}/${change}`,
      tag: 'chats',
      summary: CHANGES[change],
      description:
        'The same twice is once. A closed chat stays closed. What is written in the group is stored all the same.',
      scope: 'sessions.manage',
      params: idParams,
      response: found,
      handler: async ({ caller: { tenantId, userId }, params }) => {
        const asked = { chatId: params.id, change, actor: { by: 'user', user_id: userId } as const };
        return present(await db.withTenant(tenantId, (tx) => changeChat(tx, tenantId, asked)));
      },
    });
  return [
    route({
      method: 'get',
      path: '/api/v1/chats',
      tag: 'chats',
      summary: 'List the groups that wrote, newest first',
      description: 'A group is known from its first message on, where the channel allows groups.',
      scope: 'sessions.view',
      query: listQuery,
      response: { status: 200, description: 'A page of chats', body: pageOf(chatSchema) },
      handler: ({ caller: { tenantId }, query: { type, status, channel_id: channelId, ...query } }) =>
        paging.answer({ tenantId, list: 'chats' }, query, (page) =>
          db.withTenant(tenantId, (tx) => listChats(tx, tenantId, { ...page, ...given({ type, status, channelId }) })),
        ),
    }),
    route({
      method: 'get',
      path: '/api/v1/chats/{id}',
      tag: 'chats',
      summary: 'Read a chat',
      scope: 'sessions.view',
      params: idParams,
      response: found,
      handler: async ({ caller: { tenantId }, params }) =>
        present(await db.withTenant(tenantId, (tx) => getChat(tx, tenantId, params.id))),
    }),
    route({
      method: 'get',
      path: '/api/v1/chats/{id}/participants',
      tag: 'chats',
      summary: 'Who has written in a chat',
      scope: 'sessions.view',
      params: idParams,
      query: pageQuery,
      response: { status: 200, description: 'A page of participants', body: pageOf(participantSchema) },
      handler: ({ caller: { tenantId }, params, query }) =>
        paging.answer({ tenantId, list: `chats/${params.id}/participants` }, query, (page) =>
          db.withTenant(tenantId, (tx) => listParticipants(tx, tenantId, { ...page, chatId: params.id })),
        ),
    }),
    route({
      method: 'patch',
      path: '/api/v1/chats/{id}/subject',
      tag: 'chats',
      summary: 'Change how a group is called here',
      description: 'The channel is not told.',
      scope: 'sessions.manage',
      params: idParams,
      body: subjectBody,
      response: found,
      handler: async ({ caller: { tenantId, userId }, params, body }) => {
        const asked = { ...body, chatId: params.id, actor: { by: 'user', user_id: userId } as const };
        return present(await db.withTenant(tenantId, (tx) => changeSubject(tx, tenantId, asked)));
      },
    }),
    changing('archive'),
    changing('unarchive'),
    changing('close'),
  ];
}
