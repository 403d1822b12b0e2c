import { randomBytes } from 'node:crypto';
import type { Tx } from '../database';
import { newId } from '../ids';
import { appendEvents, WORKFLOW_EVENTS } from '../outbox/events';

export interface OutboundMessage {
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
  const id = newId();
  const { tenantId, conversationId } = message;
  await tx.message.create({
    data: {
      ...message,
      id,
      fromMe: true,
      status: 'queued',
      channelMessageId: message.contentType === 'text' ? newChannelMessageId() : null,
      metadata: message.metadata ?? {},
      sentAt: new Date(),
    },
  });
  await tx.session.updateMany({
    where: { tenantId, id: message.sessionId },
    data: {
      messageCount: { increment: 1 },
      messagesFromAgent: { increment: 1 },
      lastActivityAt: new Date(),
      updatedAt: new Date(),
    },
  });
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'conversation',
      aggregateId: conversationId,
      eventType: WORKFLOW_EVENTS.sendRequested,
      category: 'message_delivery',
      data: { messageId: id, contactId: message.contactId },
    },
  ]);
  return id;
}
