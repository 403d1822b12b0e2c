import { assignHandler, getConversation, listConversations, type Conversation } from '../../core/crm/conversations';
import { isAppError } from '../../core/errors';
import type { ConversationState } from '../../workflows/conversation/types';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import type { WorkflowGateway } from './workflow-gateway';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const HANDLERS = ['ai', 'waiting', 'human'] as const;

const conversationSchema = z
  .object({
    id: uuid(),
    channel_id: uuid(),
    contact_id: uuid(),
    handler: z
      .enum(HANDLERS)
      .openapi({ description: 'Who answers: the agents, nobody until a person comes, or a person' }),
    handler_name: z.string().nullable(),
    handler_reason: z.string().nullable(),
    handler_version: z.number().int(),
    handler_changed_at: timestamp(),
    created_at: timestamp(),
    updated_at: timestamp(),
  })
  .openapi('Conversation');

const workflowSchema = z
  .object({
    pending_message_ids: z.array(uuid()),
    unread_message_ids: z.array(uuid()).openapi({ description: 'Media whose text is still being made' }),
    running_turn_id: uuid().nullable(),
    session_id: uuid().nullable(),
    handler: z.enum(HANDLERS),
    turns_done: z.number().int(),
  })
  .openapi('ConversationWorkflow');

const stateSchema = conversationSchema
  .extend({
    workflow: workflowSchema.nullable().openapi({ description: 'Null if no workflow knows this conversation' }),
    degraded: z.array(z.literal('workflow')).openapi({ description: 'What could not be asked' }),
  })
  .openapi('ConversationState');

const takenOverSchema = conversationSchema
  .extend({
    cancelled_message_ids: z
      .array(uuid())
      .openapi({ description: 'Bot messages that were queued and will not be sent' }),
    bot_messages_sending: z
      .number()
      .int()
      .openapi({ description: 'Bot messages still on their way to the channel after 10 s; 0 almost always' }),
  })
  .openapi('TakenOverConversation');

const listQuery = pageQuery.extend({
  contact_id: uuid().optional(),
  channel_id: uuid().optional(),
  handler: z.enum(HANDLERS).optional(),
});

const takeOverBody = z
  .object({ name: z.string().trim().min(1).max(200), reason: z.string().trim().max(1000).optional() })
  .strict()
  .openapi('TakeOver');
const handBackBody = z
  .object({ reason: z.string().trim().max(1000).optional() })
  .strict()
  .openapi('HandBack');

export function conversationRoutes({ db, paging, workflows }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/conversations',
      tag: 'conversations',
      summary: 'List conversations, newest first',
      scope: 'sessions.view',
      query: listQuery,
      response: { status: 200, description: 'A page of conversations', body: pageOf(conversationSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'conversations' }, query, (at) => {
          const filter = { contactId: query.contact_id, channelId: query.channel_id, handler: query.handler };
          return db.withTenant(tenantId, (tx) => listConversations(tx, tenantId, { ...at, ...filter }));
        }),
    }),
    route({
      method: 'get',
      path: '/api/v1/conversations/{id}',
      tag: 'conversations',
      summary: 'Read a conversation and what its workflow is doing',
      scope: 'sessions.view',
      params: idParams,
      response: { status: 200, description: 'The conversation', body: stateSchema },
      async handler({ caller: { tenantId }, params }) {
        const conversation = await db.withTenant(tenantId, (tx) => getConversation(tx, tenantId, params.id));
        return { ...present(conversation), ...(await workflowPart(workflows, tenantId, conversation)) };
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/conversations/{id}/take-over',
      tag: 'conversations',
      summary: 'A person takes the conversation over',
      description:
        'The agents are silent from that moment. Queued bot messages are cancelled, and the answer waits until none is on its way.',
      scope: 'sessions.manage',
      params: idParams,
      body: takeOverBody,
      response: { status: 200, description: 'The conversation', body: takenOverSchema },
      async handler({ caller: { tenantId }, params, body }) {
        const { conversation, cancelledMessageIds, botMessagesSending } = await assignHandler(db, {
          tenantId,
          conversationId: params.id,
          handler: 'human',
          name: body.name,
          reason: body.reason ?? null,
        });
        return { ...present(conversation), ...present({ cancelledMessageIds, botMessagesSending }) };
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/conversations/{id}/hand-back',
      tag: 'conversations',
      summary: 'Give the conversation back to the agents',
      scope: 'sessions.manage',
      params: idParams,
      body: handBackBody,
      response: { status: 200, description: 'The conversation', body: conversationSchema },
      async handler({ caller: { tenantId }, params, body }) {
        const request = { tenantId, conversationId: params.id, name: null, reason: body.reason ?? null };
        const { conversation } = await assignHandler(db, { ...request, handler: 'ai' });
        return present(conversation);
      },
    }),
  ];
}

async function workflowPart(workflows: WorkflowGateway, tenantId: string, { channelId, contactId }: Conversation) {
  try {
    const state = await workflows.conversationState({ tenantId, channelId, contactId });
    return { workflow: state && presentState(state), degraded: [] };
  } catch (error) {
    if (!isAppError(error, 'WORKFLOWS_UNAVAILABLE')) throw error;
    return { workflow: null, degraded: ['workflow' as const] };
  }
}

function presentState({ session, ...state }: ConversationState) {
  return present({ ...state, sessionId: session?.sessionId ?? null });
}
