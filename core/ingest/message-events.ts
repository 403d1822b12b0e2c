import type { ConversationKey, ConversationMessage } from '../conversation/types';
import { WORKFLOW_EVENTS, type OutboxEvent } from '../outbox/events';
import type { MessageRow } from './ingest-message';
import type { OpenThread } from './open-thread';
import type { ChannelRef, IncomingMessage } from './types';

/** What a stored message tells the rest: the conversation's workflow always, tracking when an advertisement led here. */
export function messageEvents(
  { tenantId, channelId }: ChannelRef,
  {
    message,
    thread,
    row,
    mediaWaitMs,
  }: { message: IncomingMessage; thread: OpenThread; row: MessageRow; mediaWaitMs: number },
): OutboxEvent[] {
  const conversation: ConversationKey = { tenantId, channelId, contactId: thread.contact_id };
  const isGroup = message.groupId !== null;
  const summary: ConversationMessage = {
    messageId: row.id,
    sessionId: thread.session_id,
    conversationId: thread.conversation_id,
    fromMe: message.fromMe,
    isGroup,
    enrichmentId: row.enrichment_id,
    ...(row.enrichment_id === null ? {} : { mediaKind: message.contentType }),
    // The agents need the media's text, hence both switches; they stay out of groups.
    agentsEnabled: thread.ai_enabled && thread.ai_agents_enabled && !isGroup,
    debounceMs: thread.debounce_timeout_ms,
    sessionTimeoutMs: (thread.session_timeout_minutes ?? thread.timeout_minutes) * 60_000,
    mediaWaitMs,
    ...(thread.double_text === null ? {} : { doubleText: thread.double_text }),
  };
  const events: OutboxEvent[] = [
    {
      tenantId,
      aggregateType: 'conversation',
      aggregateId: thread.conversation_id,
      eventType: WORKFLOW_EVENTS.messageCreated,
      data: { conversation: { ...conversation }, message: { ...summary } },
    },
  ];
  if (message.tracking !== null) {
    events.push({
      tenantId,
      aggregateType: 'message',
      aggregateId: row.id,
      eventType: 'tracking.message.meta_ads',
      data: { messageId: row.id, contactId: thread.contact_id, channelId, tracking: message.tracking },
    });
  }
  return events;
}
