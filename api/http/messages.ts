import { getContact } from '../../core/crm/contacts';
import { getConversation } from '../../core/crm/conversations';
import { getMessage, listMessages, updateMessageMetadata } from '../../core/crm/messages';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, queryFlag, timestamp, uuid, z } from './zod';

export const MESSAGE_STATUSES = [
  'queued',
  'sending',
  'sent',
  'delivered',
  'read',
  'played',
  'failed',
  'cancelled',
  'unknown',
] as const;

export const messageSchema = z
  .object({
    id: uuid(),
    channel_id: uuid(),
    contact_id: uuid(),
    conversation_id: uuid(),
    session_id: uuid(),
    chat_id: uuid().nullable(),
    from_me: z.boolean(),
    content_type: z.string(),
    text: z.string().nullable(),
    media_id: uuid().nullable(),
    media_url: z.string().nullable(),
    media_mimetype: z.string().nullable(),
    media_filename: z.string().nullable(),
    channel_message_id: z.string().nullable(),
    reply_to_id: uuid().nullable(),
    mentions: z.array(z.string()),
    status: z.enum(MESSAGE_STATUSES),
    failure_reason: z.string().nullable(),
    source: z.string(),
    agent_id: uuid(),
    group_id: uuid().nullable().openapi({ description: 'The turn this message answers' }),
    metadata: z.record(z.string(), z.unknown()),
    sent_at: timestamp(),
    delivered_at: timestamp().nullable(),
    read_at: timestamp().nullable(),
    played_at: timestamp().nullable(),
    created_at: timestamp(),
    enrichment_id: uuid().nullable(),
    enrichment_status: z.string().nullable(),
    enrichment_text: z.string().nullable().openapi({ description: 'What was read in the medium' }),
  })
  .openapi('Message');

const listQuery = pageQuery.extend({
  contact_id: uuid().optional(),
  channel_id: uuid().optional(),
  conversation_id: uuid().optional(),
  session_id: uuid().optional(),
  status: z.enum(MESSAGE_STATUSES).optional(),
  from_me: queryFlag().optional(),
});
const searchQuery = pageQuery.extend({
  q: z.string().trim().min(1).max(200),
  contact_id: uuid().optional(),
  conversation_id: uuid().optional(),
});

const MAX_METADATA_KEYS = 50;
export const messageChangeBody = z
  .object({
    metadata: z
      .record(z.string().min(1).max(100), z.string().max(1000))
      .refine((keys) => Object.keys(keys).length <= MAX_METADATA_KEYS, `at most ${MAX_METADATA_KEYS} keys`)
      .openapi({
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'Keys that are set; those with an empty text are taken away, the others stay',
      }),
  })
  .strict()
  .openapi('MessageChange');

const page = { status: 200, description: 'A page of messages', body: pageOf(messageSchema) };

export function messageRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/messages',
      tag: 'messages',
      summary: 'List messages, newest first',
      scope: 'messages.view',
      query: listQuery,
      response: page,
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'messages' }, query, (at) =>
          db.withTenant(tenantId, (tx) =>
            listMessages(tx, tenantId, {
              ...at,
              contactId: query.contact_id,
              channelId: query.channel_id,
              conversationId: query.conversation_id,
              sessionId: query.session_id,
              status: query.status,
              fromMe: query.from_me,
            }),
          ),
        ),
    }),
    route({
      method: 'get',
      path: '/api/v1/messages/search',
      tag: 'messages',
      summary: 'Search messages and the text of their media',
      description:
        'In Portuguese, without regard to accents and most endings. Quotes, OR and - work as on the web. Newest first.',
      scope: 'messages.view',
      query: searchQuery,
      response: page,
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'messages/search' }, query, (at) =>
          db.withTenant(tenantId, (tx) =>
            listMessages(tx, tenantId, {
              ...at,
              search: query.q,
              contactId: query.contact_id,
              conversationId: query.conversation_id,
            }),
          ),
        ),
    }),
    route({
      method: 'get',
      path: '/api/v1/messages/{id}',
      tag: 'messages',
      summary: 'Read a message',
      scope: 'messages.view',
      params: idParams,
      response: { status: 200, description: 'The message', body: messageSchema },
      async handler({ caller: { tenantId }, params }) {
        return present(await db.withTenant(tenantId, (tx) => getMessage(tx, tenantId, params.id)));
      },
    }),
    route({
      method: 'patch',
      path: '/api/v1/messages/{id}',
      tag: 'messages',
      summary: 'Change what a program keeps with a message of the company',
      description: 'What was said never changes, and of what a customer sent nothing does.',
      scope: 'messages.send',
      params: idParams,
      body: messageChangeBody,
      response: { status: 200, description: 'The message', body: messageSchema },
      async handler({ caller: { tenantId }, params, body: { metadata } }) {
        const change = { messageId: params.id, metadata };
        return present(await db.withTenant(tenantId, (tx) => updateMessageMetadata(tx, tenantId, change)));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/contacts/{id}/messages',
      tag: 'messages',
      summary: 'History of a contact on all channels, newest first',
      scope: 'messages.view',
      params: idParams,
      query: pageQuery,
      response: page,
      handler: ({ caller: { tenantId }, params, query }) =>
        paging.answer({ tenantId, list: `contacts/${params.id}/messages` }, query, (at) =>
          db.withTenant(tenantId, async (tx) => {
            await getContact(tx, tenantId, params.id);
            return listMessages(tx, tenantId, { ...at, contactId: params.id });
          }),
        ),
    }),
    route({
      method: 'get',
      path: '/api/v1/conversations/{id}/messages',
      tag: 'messages',
      summary: 'The thread of a conversation, newest first',
      scope: 'messages.view',
      params: idParams,
      query: pageQuery,
      response: page,
      handler: ({ caller: { tenantId }, params, query }) =>
        paging.answer({ tenantId, list: `conversations/${params.id}/messages` }, query, (at) =>
          db.withTenant(tenantId, async (tx) => {
            await getConversation(tx, tenantId, params.id);
            return listMessages(tx, tenantId, { ...at, conversationId: params.id });
          }),
        ),
    }),
  ];
}
