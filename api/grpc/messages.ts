import { getMessage, listMessages, updateMessageMetadata, type Message as Row } from '../../core/crm/messages';
import { withinDeadline } from '../../core/memory';
import { z } from 'zod';
import { MAX_IDEMPOTENCY_KEY_LENGTH } from '../http/idempotency-key';
import { MESSAGE_STATUSES, messageChangeBody } from '../http/messages';
import { outsideUrls } from '../http/outside-urls';
import { sendBody, sendOnce } from '../http/send-message';
import type { CrmServiceDeps } from './crm-service';
import type { CrmServiceServer, Message } from './generated/ventros/crm/v1/crm';
import { id, optionalId, readRequest } from './requests';
import { DATABASE_LIMIT_MS } from './serve';
import { unary } from './unary';
import { given, struct } from './wire-values';

type MessageMethods = Pick<
  CrmServiceServer,
  'sendMessage' | 'getMessage' | 'listMessages' | 'searchMessages' | 'updateMessage'
>;

const getRequest = z.object({ message_id: id });
const keyRequest = z.object({ idempotency_key: z.string().max(MAX_IDEMPOTENCY_KEY_LENGTH) });
const updateRequest = messageChangeBody.extend({ message_id: id });
const listRequest = z.object({
  contact_id: optionalId,
  channel_id: optionalId,
  conversation_id: optionalId,
  session_id: optionalId,
  status: z.enum(MESSAGE_STATUSES).optional(),
});
const searchRequest = z.object({
  query: z.string().trim().min(1).max(200),
  contact_id: optionalId,
  conversation_id: optionalId,
});

/** The methods of CrmService about messages: the fields and limits of the REST routes. */
export function messageMethods(deps: CrmServiceDeps): MessageMethods {
  const { db, paging } = deps;
  const urls = outsideUrls(deps.config.ALLOWED_PRIVATE_HOSTS);
  return {
    sendMessage: unary(deps, {
      scope: 'messages.send',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const { idempotency_key: key } = readRequest(keyRequest, { idempotency_key: request.idempotencyKey });
        const body = readRequest(sendBody, {
          contact_id: request.contactId,
          channel_id: request.channelId,
          content_type: given(request.contentType),
          text: given(request.text),
          media_url: given(request.mediaUrl),
          media_mimetype: given(request.mediaMimetype),
          media_filename: given(request.mediaFilename),
          reply_to_id: given(request.replyToId),
          metadata: Object.keys(request.metadata).length > 0 ? request.metadata : undefined,
        });
        const { isReplay, ...queued } = await sendOnce((work) => withinDeadline(db, tenantId, deadline, work), {
          tenantId,
          body,
          key: key || null,
          urls,
        });
        return {
          messageId: queued.id,
          conversationId: queued.conversation_id,
          sessionId: queued.session_id,
          status: queued.status,
          workflowId: queued.workflow_id,
          replayed: isReplay,
        };
      },
    }),

    getMessage: unary(deps, {
      scope: 'messages.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle({ messageId }, { tenantId, deadline }) {
        const input = readRequest(getRequest, { message_id: messageId });
        const message = await withinDeadline(db, tenantId, deadline, (tx) =>
          getMessage(tx, tenantId, input.message_id),
        );
        return { message: presentMessage(message) };
      },
    }),

    listMessages: unary(deps, {
      scope: 'messages.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const input = readRequest(listRequest, {
          contact_id: request.contactId,
          channel_id: request.channelId,
          conversation_id: request.conversationId,
          session_id: request.sessionId,
          status: given(request.status),
        });
        const { items, nextPageToken } = await paging.load({ tenantId, list: 'messages' }, request, (page) =>
          withinDeadline(db, tenantId, deadline, (tx) =>
            listMessages(tx, tenantId, {
              ...page,
              contactId: input.contact_id ?? undefined,
              channelId: input.channel_id ?? undefined,
              conversationId: input.conversation_id ?? undefined,
              sessionId: input.session_id ?? undefined,
              status: input.status,
              fromMe: request.fromMe,
            }),
          ),
        );
        return { messages: items.map(presentMessage), nextPageToken };
      },
    }),

    searchMessages: unary(deps, {
      scope: 'messages.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const input = readRequest(searchRequest, {
          query: request.query,
          contact_id: request.contactId,
          conversation_id: request.conversationId,
        });
        const { items, nextPageToken } = await paging.load({ tenantId, list: 'messages/search' }, request, (page) =>
          withinDeadline(db, tenantId, deadline, (tx) =>
            listMessages(tx, tenantId, {
              ...page,
              search: input.query,
              contactId: input.contact_id ?? undefined,
              conversationId: input.conversation_id ?? undefined,
            }),
          ),
        );
        return { messages: items.map(presentMessage), nextPageToken };
      },
    }),

    updateMessage: unary(deps, {
      scope: 'messages.send',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const { message_id: messageId, metadata } = readRequest(updateRequest, {
          message_id: request.messageId,
          metadata: request.metadata,
        });
        const message = await withinDeadline(db, tenantId, deadline, (tx) =>
          updateMessageMetadata(tx, tenantId, { messageId, metadata }),
        );
        return { message: presentMessage(message) };
      },
    }),
  };
}

function presentMessage(row: Row): Message {
  const { id: messageId, channelId, contactId, conversationId, sessionId, fromMe, contentType, status } = row;
  return {
    ...{ messageId, channelId, contactId, conversationId, sessionId, fromMe, contentType, status },
    ...{ source: row.source, agentId: row.agentId, sentAt: row.sentAt, createdAt: row.createdAt },
    text: row.text ?? '',
    mediaUrl: row.mediaUrl ?? '',
    mediaMimetype: row.mediaMimetype ?? '',
    mediaFilename: row.mediaFilename ?? '',
    replyToId: row.replyToId ?? '',
    failureReason: row.failureReason ?? '',
    groupId: row.groupId ?? '',
    metadata: struct(row.metadata),
    deliveredAt: row.deliveredAt ?? undefined,
    readAt: row.readAt ?? undefined,
    enrichmentStatus: row.enrichmentStatus ?? '',
    enrichmentText: row.enrichmentText ?? '',
  };
}
