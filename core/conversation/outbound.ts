import { randomBytes } from 'node:crypto';
import { sqlFile, type Tx } from '../database';
import { newId } from '../ids';
import { appendEvents, WORKFLOW_EVENTS } from '../outbox/events';

export interface OutboundMessage {
  /** Given by whoever has to know it before it is written. */
  id?: string;
  tenantId: string;
  channelId: string;
  contactId: string;
  conversationId: string;
  sessionId: string;
  contentType: 'text' | 'image' | 'video' | 'voice' | 'document';
  text: string | null;
  mediaUrl?: string | null;
  mediaMimetype?: string | null;
  mediaFilename?: string | null;
  replyToId?: string | null;
  source: 'manual' | 'bot' | 'system';
  agentId: string;
  /** The turn that this answers. */
  groupId?: string | null;
  /** Its place among the messages of a long reply, from 1. */
  replyPart?: number;
  metadata?: Record<string, string>;
}

/**
 * WhatsApp clients make ids of this form; made before the send, so that sending twice is seen as once. Only for texts:
 * media get theirs from the channel.
 */
export function newChannelMessageId(): string {
  return `3EB0${randomBytes(14).toString('hex').toUpperCase()}`;
}

/**
 * Writes a message to be sent, and the event that gets it sent, in the caller's transaction.
 *
 * @returns the id of the message.
 */
export async function queueOutboundMessage(tx: Tx, message: OutboundMessage): Promise<string> {
  const { id = newId(), tenantId, conversationId } = message;
  await Promise.all([
    tx.$executeRawUnsafe(
      sqlFile('core/conversation/sql/queue-message.sql'),
      id,
      tenantId,
      message.channelId,
      message.contactId,
      conversationId,
      message.sessionId,
      message.contentType,
      message.text,
      message.mediaUrl ?? null,
      message.mediaMimetype ?? null,
      message.mediaFilename ?? null,
      message.contentType === 'text' ? newChannelMessageId() : null,
      message.replyToId ?? null,
      message.source,
      message.agentId,
      message.groupId ?? null,
      message.replyPart ?? 1,
      JSON.stringify(message.metadata ?? {}),
      new Date(),
    ),
    appendEvents(tx, [
      {
        tenantId,
        aggregateType: 'conversation',
        aggregateId: conversationId,
        eventType: WORKFLOW_EVENTS.sendRequested,
        category: 'message_delivery',
        data: { messageId: id, contactId: message.contactId },
      },
    ]),
  ]);
  return id;
}
