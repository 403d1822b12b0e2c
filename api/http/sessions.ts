import { listMessages } from '../../core/crm/messages';
import { CLOSE_REASONS, closeSession, RESOLUTIONS } from '../../core/crm/close-session';
import { getSession, listSessions, sessionStats, type SessionFilter } from '../../core/crm/sessions';
import { ENTITY_TYPES, SENTIMENTS } from '../../core/memory/summaries/types';
import { dateOf } from './date-of';
import type { EdgeDeps } from './edge';
import { messageSchema } from './messages';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, queryFlag, timestamp, uuid, z } from './zod';

const summarySchema = z
  .object({
    summary: z.string(),
    topics: z.array(z.string()),
    sentiment: z.enum(SENTIMENTS),
    sentiment_score: z.number().openapi({ description: '-1 to 1' }),
    outcome: z.string(),
    resolved: z.boolean(),
    escalated: z.boolean(),
    converted: z.boolean(),
    next_steps: z.array(z.string()),
    key_entities: z.array(z.object({ type: z.enum(ENTITY_TYPES), name: z.string() })),
    language: z.string(),
    model: z.string(),
    created_at: timestamp(),
  })
  .openapi('SessionSummary');

export const sessionSchema = z
  .object({
    id: uuid(),
    contact_id: uuid(),
    channel_id: uuid(),
    conversation_id: uuid(),
    chat_id: uuid().nullable(),
    status: z.enum(['active', 'ended', 'expired', 'manually_closed']),
    end_reason: z.string().nullable(),
    timeout_minutes: z.number().int(),
    started_at: timestamp(),
    ended_at: timestamp().nullable(),
    last_activity_at: timestamp(),
    message_count: z.number().int(),
    messages_from_contact: z.number().int(),
    messages_from_agent: z.number().int(),
    summary: summarySchema.nullable().openapi({ description: 'What it came to; null until it is written' }),
  })
  .openapi('Session');

const listQuery = pageQuery.extend({
  contact_id: uuid().optional(),
  conversation_id: uuid().optional(),
  status: z.enum(['active', 'ended', 'expired', 'manually_closed']).optional(),
  channel_id: uuid().optional(),
  chat_id: uuid().optional(),
  from: timestamp().optional().openapi({ description: 'Those that started then or later' }),
  to: timestamp().optional().openapi({ description: 'Not included' }),
  sentiment: z.enum(SENTIMENTS).optional().openapi({ description: 'Of their summary' }),
  resolved: queryFlag().optional().openapi({ description: 'By their summary' }),
});
const searchQuery = listQuery.extend({ q: z.string().trim().min(1).max(200) });

function toFilter(query: z.output<typeof listQuery>): SessionFilter {
  return {
    contactId: query.contact_id,
    conversationId: query.conversation_id,
    status: query.status,
    channelId: query.channel_id,
    chatId: query.chat_id,
    from: dateOf(query.from),
    to: dateOf(query.to),
    sentiment: query.sentiment,
    isResolved: query.resolved,
  };
}

const statsSchema = z
  .object({
    total: z.number().int(),
    active: z.number().int(),
    ended: z.number().int(),
    started_last24_hours: z.number().int(),
    average_duration_seconds: z.number().nullable(),
    average_messages: z.number().nullable(),
  })
  .openapi('SessionStats');

const closeBody = z
  .object({
    reason: z.enum(CLOSE_REASONS).exclude(['agent_close']).default('manual_close'),
    notes: z.string().trim().min(1).max(5000).optional().openapi({ description: 'Kept as a note of the session' }),
    resolution: z.enum(RESOLUTIONS).optional(),
  })
  .strict()
  .openapi('SessionClosing');

export function sessionRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/sessions',
      tag: 'sessions',
      summary: 'List sessions, newest first',
      scope: 'sessions.view',
      query: listQuery,
      response: { status: 200, description: 'A page of sessions', body: pageOf(sessionSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'sessions' }, query, (page) =>
          db.withTenant(tenantId, (tx) => listSessions(tx, tenantId, { ...page, ...toFilter(query) })),
        ),
    }),
    route({
      method: 'get',
      path: '/api/v1/sessions/search',
      tag: 'sessions',
      summary: 'Search the summaries of sessions, newest first',
      description:
        'In Portuguese, without regard to accents and most endings, in summary and topics. A session has a summary some time ' +
        'after it ended.',
      scope: 'sessions.view',
      query: searchQuery,
      response: { status: 200, description: 'A page of sessions', body: pageOf(sessionSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'sessions/search' }, query, (page) =>
          db.withTenant(tenantId, (tx) => listSessions(tx, tenantId, { ...page, ...toFilter(query), search: query.q })),
        ),
    }),
    route({
      method: 'get',
      path: '/api/v1/sessions/stats',
      tag: 'sessions',
      summary: 'Numbers about all sessions',
      scope: 'sessions.view',
      response: { status: 200, description: 'The numbers', body: statsSchema },
      async handler({ caller: { tenantId } }) {
        return present(await db.withTenant(tenantId, (tx) => sessionStats(tx, tenantId)));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/sessions/{id}',
      tag: 'sessions',
      summary: 'Read a session',
      scope: 'sessions.view',
      params: idParams,
      response: { status: 200, description: 'The session', body: sessionSchema },
      async handler({ caller: { tenantId }, params }) {
        return present(await db.withTenant(tenantId, (tx) => getSession(tx, tenantId, params.id)));
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/sessions/{id}/close',
      tag: 'sessions',
      summary: 'End a session',
      description:
        'One that has ended already is refused with SESSION_CLOSED. The next message of the contact begins another.',
      scope: 'sessions.manage',
      params: idParams,
      body: closeBody,
      response: { status: 200, description: 'The session', body: sessionSchema },
      handler: async ({ caller: { tenantId, userId }, params, body }) =>
        present(
          await db.withTenant(tenantId, async (tx) => {
            const { contactId } = await getSession(tx, tenantId, params.id);
            await closeSession(tx, tenantId, {
              sessionId: params.id,
              contactId,
              reason: body.reason,
              summary: body.notes ?? null,
              resolution: body.resolution ?? null,
              actor: { by: 'user', user_id: userId },
            });
            return getSession(tx, tenantId, params.id);
          }),
        ),
    }),
    route({
      method: 'get',
      path: '/api/v1/sessions/{id}/messages',
      tag: 'sessions',
      summary: 'Messages of a session, newest first',
      scope: 'messages.view',
      params: idParams,
      query: pageQuery,
      response: { status: 200, description: 'A page of messages', body: pageOf(messageSchema) },
      handler: ({ caller: { tenantId }, params, query }) =>
        paging.answer({ tenantId, list: `sessions/${params.id}/messages` }, query, (page) =>
          db.withTenant(tenantId, async (tx) => {
            await getSession(tx, tenantId, params.id);
            return listMessages(tx, tenantId, { ...page, sessionId: params.id });
          }),
        ),
    }),
  ];
}
