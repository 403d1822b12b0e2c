import {
  assignHandler,
  getConversation,
  handlerLabel,
  listConversations,
  waitWhileBotSends,
  type Conversation,
} from '../../core/crm/conversations';
import { conversationEventsAfter } from '../../core/crm/live/conversation-events';
import type { Tx } from '../../core/database';
import { findPersonOf } from '../../core/agents/team/agents';
import { AppError, isAppError } from '../../core/errors';
import { assignConversation, transferConversation, type Assigned } from '../../core/people/assign';
import { STRATEGIES } from '../../core/people/types';
import type { ConversationState } from '../../workflows/conversation/types';
import type { EdgeDeps } from './edge';
import { streamHeaders, streamOf, STREAMS } from './event-stream';
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
    label: z.string().openapi({ description: 'Who answers, to show beside it: `AI`, `waiting`, or a name' }),
    handler_name: z.string().nullable(),
    assigned_agent_id: uuid()
      .nullable()
      .openapi({ description: 'The person who has it or, while it waits, who is asked to come' }),
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

const liveEventSchema = z
  .object({
    id: uuid(),
    event_type: z.enum([
      'message.created',
      'message.send_requested',
      'conversation.handler_changed',
      'session.escalated',
      'agent.notified',
    ]),
    conversation_id: uuid(),
    contact_id: uuid().nullable(),
    message_id: uuid().nullable(),
    from_me: z.boolean().nullable(),
    handler: z.enum(HANDLERS).nullable(),
    handler_version: z.number().int().nullable(),
    agent_id: uuid().nullable().openapi({ description: 'The person who is told, or asked to come' }),
    occurred_at: timestamp(),
  })
  .openapi('ConversationEvent');

const listQuery = pageQuery.extend({
  contact_id: uuid().optional(),
  channel_id: uuid().optional(),
  handler: z.enum(HANDLERS).optional(),
  assigned_agent_id: z
    .union([uuid(), z.literal('me')])
    .optional()
    .openapi({ description: '`me`: the person whose key it is' }),
});

const reason = z.string().trim().max(1000).optional();
const note = z.string().trim().min(1).max(5000).openapi({ description: 'What the next person should know' });
const notifyPrevious = z
  .boolean()
  .optional()
  .openapi({ description: 'Tell whoever had it; without it the project’s setting holds' });
const takeOverBody = z
  .object({
    name: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .optional()
      .openapi({ description: 'Without it and agent_id it is the person whose key it is' }),
    agent_id: uuid().optional().openapi({ description: 'Which of your people; their name is shown' }),
    reason,
  })
  .strict()
  .openapi('TakeOver');
const assignBody = z
  .object({
    agent_id: uuid().optional().openapi({ description: 'Without one the strategy chooses' }),
    strategy: z.enum(STRATEGIES).exclude(['manual']).optional().openapi({ description: 'Instead of the project’s' }),
    note: note.optional(),
    reason,
    notify_previous: notifyPrevious,
  })
  .strict()
  .openapi('Assignment');
const transferBody = z
  .object({ agent_id: uuid(), note, reason, notify_previous: notifyPrevious })
  .strict()
  .openapi('Transfer');
const handBackBody = z
  .object({
    session_id: uuid()
      .optional()
      .openapi({ description: 'The session that is handed back: refused with SESSION_CLOSED when it has ended' }),
    reason: z.string().trim().max(1000).optional(),
  })
  .strict()
  .openapi('HandBack');

export function conversationRoutes({ db, paging, workflows, streams }: EdgeDeps): Route[] {
  async function assigned(tenantId: string, conversationId: string, assign: (tx: Tx) => Promise<Assigned>) {
    const { conversation, cancelledMessageIds } = await db.withTenant(tenantId, async (tx) => {
      const { cancelledMessageIds } = await assign(tx);
      return { cancelledMessageIds, conversation: await getConversation(tx, tenantId, conversationId) };
    });
    const botMessagesSending = await waitWhileBotSends(db, { tenantId, conversationId });
    return { ...present(labelled(conversation)), ...present({ cancelledMessageIds, botMessagesSending }) };
  }

  /** The person that a key acts as. @throws AppError VALIDATION_ERROR */
  async function personOf(tenantId: string, userId: string): Promise<string> {
    const person = await db.withTenant(tenantId, (tx) => findPersonOf(tx, tenantId, userId));
    if (person) return person.id;
    const message = 'names somebody: the user of this key is none of the people';
    throw new AppError('VALIDATION_ERROR', `agent_id ${message}`, { fields: [{ field: 'agent_id', message }] });
  }

  return [
    route({
      method: 'get',
      path: '/api/v1/conversations/stream',
      tag: 'conversations',
      summary: 'What happens in all conversations, as it happens',
      description:
        'Server-sent events named `conversation_event`: a message came or is to be sent, somebody else answers, nobody came in ' +
        `time, or whoever had it is told who has it now. They carry ids; messages and conversations are read by them. ${STREAMS} An event \`end\` says why the server ` +
        'closes it: `key_not_in_force` or `server_closing`.',
      scope: 'sessions.view',
      headers: streamHeaders,
      response: streamOf(liveEventSchema),
      handler: ({ caller, request, response }) =>
        streams(request, response, {
          caller,
          scope: 'sessions.view',
          load: (tx, query) => conversationEventsAfter(tx, caller.tenantId, query),
          present: (event) => ({ name: 'conversation_event', data: liveEventSchema.parse(present(event)) }),
        }),
    }),
    route({
      method: 'get',
      path: '/api/v1/conversations',
      tag: 'conversations',
      summary: 'List conversations, newest first',
      scope: 'sessions.view',
      query: listQuery,
      response: { status: 200, description: 'A page of conversations', body: pageOf(conversationSchema) },
      handler: ({ caller: { tenantId, userId }, query }) =>
        paging.answer({ tenantId, list: 'conversations' }, query, async (at) => {
          const assignedAgentId =
            query.assigned_agent_id === 'me' ? await personOf(tenantId, userId) : query.assigned_agent_id;
          const filter = {
            contactId: query.contact_id,
            channelId: query.channel_id,
            handler: query.handler,
            assignedAgentId,
          };
          return db.withTenant(tenantId, async (tx) => {
            const page = await listConversations(tx, tenantId, { ...at, ...filter });
            return { ...page, items: page.items.map(labelled) };
          });
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
        return { ...present(labelled(conversation)), ...(await workflowPart(workflows, tenantId, conversation)) };
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
      async handler({ caller: { tenantId, userId }, params, body }) {
        const agentId = body.agent_id ?? (body.name === undefined ? await personOf(tenantId, userId) : undefined);
        const { conversation, cancelledMessageIds, botMessagesSending } = await assignHandler(db, {
          tenantId,
          conversationId: params.id,
          handler: 'human',
          name: body.name ?? null,
          reason: body.reason ?? null,
          agentId,
          actor: { by: 'user', user_id: userId },
        });
        return { ...present(labelled(conversation)), ...present({ cancelledMessageIds, botMessagesSending }) };
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/conversations/{id}/assign',
      tag: 'conversations',
      summary: 'Give the conversation to a person',
      description:
        'To the one you name, or to whoever the strategy chooses among those who are available and have room. The agents ' +
        'are silent from that moment, and it is escalated when nobody answers in time.',
      scope: 'sessions.manage',
      params: idParams,
      body: assignBody,
      response: { status: 200, description: 'The conversation', body: takenOverSchema },
      handler: ({ caller: { tenantId, userId }, params, body }) =>
        assigned(tenantId, params.id, (tx) =>
          assignConversation(tx, {
            tenantId,
            conversationId: params.id,
            agentId: body.agent_id ?? null,
            strategy: body.strategy,
            note: body.note ?? null,
            reason: body.reason ?? null,
            notifyPrevious: body.notify_previous,
            actor: { by: 'user', user_id: userId },
          }),
        ),
    }),
    route({
      method: 'post',
      path: '/api/v1/conversations/{id}/transfer',
      tag: 'conversations',
      summary: 'Pass the conversation to another person, with a note',
      description: 'The note is stored as one of type session_handoff. Refused while the agents of AI have it.',
      scope: 'sessions.manage',
      params: idParams,
      body: transferBody,
      response: { status: 200, description: 'The conversation', body: takenOverSchema },
      handler: ({ caller: { tenantId, userId }, params, body }) =>
        assigned(tenantId, params.id, (tx) =>
          transferConversation(tx, {
            tenantId,
            conversationId: params.id,
            agentId: body.agent_id,
            note: body.note,
            reason: body.reason ?? null,
            notifyPrevious: body.notify_previous,
            actor: { by: 'user', user_id: userId },
          }),
        ),
    }),
    route({
      method: 'post',
      path: '/api/v1/conversations/{id}/hand-back',
      tag: 'conversations',
      summary: 'Give the conversation back to the agents',
      description:
        'When the open session ends with messages of the customer that nobody answered, the agents answer them now, in one turn; ' +
        'otherwise they wait for the next message. Twice is once.',
      scope: 'sessions.manage',
      params: idParams,
      body: handBackBody,
      response: { status: 200, description: 'The conversation', body: conversationSchema },
      async handler({ caller: { tenantId, userId }, params, body }) {
        const { conversation } = await assignHandler(db, {
          tenantId,
          conversationId: params.id,
          handler: 'ai',
          sessionId: body.session_id,
          name: null,
          reason: body.reason ?? null,
          actor: { by: 'user', user_id: userId },
        });
        return present(labelled(conversation));
      },
    }),
  ];
}

const labelled = (conversation: Conversation) => ({ ...conversation, label: handlerLabel(conversation) });

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
