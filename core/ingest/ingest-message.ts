import { sqlFile, type Database, type Tx } from '../database';
import { AppError } from '../errors';
import { DEFAULT_MEDIA_SETTINGS, isMediaType } from '../enrichment/media-settings';
import { newId, SYSTEM_AGENT_IDS } from '../ids';
import { metadataOf, type OutboxEvent } from '../outbox/events';
import type { Logger } from '../logging/logger';
import { adoptEcho } from './adopt-echo';
import type { ChannelCounters } from './channel-counters';
import { findThread } from './find-thread';
import { messageEvents } from './message-events';
import { addMissingIdentities, isOpen, lockContact, openThread, type OpenThread } from './open-thread';
import type { ChannelRef, IncomingMessage, IngestResult } from './types';
import { privateChatId } from './waha/identity';

export interface IngestDeps {
  db: Pick<Database, 'withTenant'>;
  /** How long a turn waits for the text of its media; travels in the event. */
  mediaWaitMs: number;
  counters: ChannelCounters;
  logger: Logger;
}

/**
 * One look and one write for somebody known. More rounds only while others change the same thread: each of them has
 * made progress then, so a handful is plenty.
 */
const MAX_ROUNDS = 5;

/** Rolls a transaction back when it turns out that there was nothing to write. */
class KnownMessage extends Error {}

/**
 * Stores one message with everything that follows from it (contact, identities, conversation, session and its
 * counts, enrichment, events) in one transaction. Calling it again with the same message, at any time and from anywhere, writes
 * nothing and returns `duplicate`.
 *
 * @throws AppError CONFLICT when the thread kept changing under us; NOT_FOUND when the channel is gone.
 */
export async function ingestMessage(
  { db, mediaWaitMs, counters, logger }: IngestDeps,
  { channel, message }: { channel: ChannelRef; message: IncomingMessage },
): Promise<IngestResult> {
  let result: IngestResult;
  try {
    result = await db.withTenant(channel.tenantId, (tx) => ingest(tx, { channel, message, mediaWaitMs }));
  } catch (error) {
    if (error instanceof KnownMessage) return { status: 'duplicate' };
    throw error;
  }
  if (result.status === 'stored') {
    // The message is stored whatever becomes of a statistic: failing now would have it sent again, as a duplicate.
    await counters.add(channel, message).catch((error: unknown) => {
      logger.warn({ err: error, channelId: channel.channelId }, 'a message is stored but not counted');
    });
  }
  return result;
}

interface Arrival {
  channel: ChannelRef;
  message: IncomingMessage;
  mediaWaitMs: number;
}

async function ingest(tx: Tx, arrival: Arrival): Promise<IngestResult> {
  const { channel, message } = arrival;
  const events: OutboxEvent[] = [];
  let isLocked = false;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const found = await findThread(tx, channel, message);
    if (found === null) throw new AppError('NOT_FOUND', 'The channel does not exist any more');
    if (message.groupId !== null && !found.allow_groups) return { status: 'ignored', reason: 'groups_not_allowed' };
    if (found.is_duplicate) return knownMessage(events);
    const conversationId = round === 0 && message.fromMe ? found.conversation_id : null;
    if (conversationId !== null && (await adoptEcho(tx, { channel, conversationId, message }))) {
      return { status: 'applied' };
    }
    if (!isOpen(found, message) && !isLocked) {
      await lockContact(tx, channel.tenantId, message);
      isLocked = true;
      continue;
    }
    const opened = isOpen(found, message)
      ? { thread: found, events: [] }
      : await openThread(tx, { channel, message, thread: found });
    if (opened === null) continue;
    events.push(...opened.events);
    await followContact(tx, { ...arrival, thread: opened.thread });
    const { outcome, messageId } = await store(tx, { ...arrival, thread: opened.thread, events });
    if (outcome === 'stored') return { status: 'stored', messageId };
    if (outcome === 'known') return knownMessage(events);
  }
  throw new AppError('CONFLICT', 'The conversation kept changing while the message was being stored; send it again');
}

/** Nothing was written on the way, or all of it is undone: a duplicate leaves no trace. */
function knownMessage(events: OutboxEvent[]): IngestResult {
  if (events.length > 0) throw new KnownMessage();
  return { status: 'duplicate' };
}

/** Keeps up with what the channel says about the contact: new identities, its own name, the address it writes from. */
async function followContact(tx: Tx, { channel, message, thread }: Arrival & { thread: OpenThread }): Promise<void> {
  await addMissingIdentities(tx, { tenantId: channel.tenantId, thread, message });
  const isNamedByAddress = thread.contact_name === thread.contact_phone || thread.contact_name === message.contact.lid;
  if (isNamedByAddress && message.pushName !== null && thread.contact_name !== message.pushName) {
    await tx.$executeRawUnsafe(
      sqlFile('core/ingest/sql/update-contact-name.sql'),
      channel.tenantId,
      thread.contact_id,
      thread.contact_name,
      message.pushName,
    );
  }
  const chatId = privateChatId(message.contact);
  // Only the contact's own messages tell for certain where it can be reached, and a number beats a hidden id.
  if (!message.fromMe && message.contact.wid !== null && thread.external_chat_id !== chatId) {
    await tx.$executeRawUnsafe(
      sqlFile('core/ingest/sql/update-chat-address.sql'),
      channel.tenantId,
      thread.conversation_id,
      chatId,
    );
  }
}

async function store(
  tx: Tx,
  { channel, message, thread, events, mediaWaitMs }: Arrival & { thread: OpenThread; events: OutboxEvent[] },
): Promise<{ outcome: 'stored' | 'known' | 'session_closed'; messageId: string }> {
  const row = messageRow(channel, { message, thread });
  const all = [...events, ...messageEvents(channel, { message, thread, row, mediaWaitMs })];
  const rows = await tx.$queryRawUnsafe<{ session_open: boolean; stored: boolean }[]>(
    sqlFile('core/ingest/sql/store-message.sql'),
    JSON.stringify(row),
    JSON.stringify(all.map(eventRow)),
    channel.tenantId,
  );
  const result = rows[0];
  if (!result?.session_open) return { outcome: 'session_closed', messageId: row.id };
  return { outcome: result.stored ? 'stored' : 'known', messageId: row.id };
}

function eventRow(event: OutboxEvent, position: number): Record<string, unknown> {
  return {
    position,
    event_id: newId(),
    tenant_id: event.tenantId,
    aggregate_type: event.aggregateType,
    aggregate_id: event.aggregateId,
    event_type: event.eventType,
    metadata: metadataOf(event),
    event_data: event.data,
  };
}

export type MessageRow = ReturnType<typeof messageRow>;

function messageRow(channel: ChannelRef, { message, thread }: { message: IncomingMessage; thread: OpenThread }) {
  const type = message.contentType;
  const defaults = isMediaType(type) ? DEFAULT_MEDIA_SETTINGS[type] : null;
  const priority = thread.media_priority ?? defaults?.priority;
  const isRead = thread.ai_enabled && thread.media_enabled && message.media !== null && defaults !== null;
  return {
    id: newId(),
    tenant_id: channel.tenantId,
    channel_id: channel.channelId,
    contact_id: thread.contact_id,
    conversation_id: thread.conversation_id,
    session_id: thread.session_id,
    chat_id: thread.chat_id,
    from_me: message.fromMe,
    content_type: message.contentType,
    text: message.text,
    media_url: message.media?.url ?? null,
    media_mimetype: message.media?.mimeType ?? null,
    media_filename: message.media?.fileName ?? null,
    channel_message_id: message.externalId,
    reply_to_channel_message_id: message.replyToExternalId,
    reply_to_id: thread.reply_to_id,
    mentions: message.mentions,
    // A message that is not ours has arrived by being here; one of ours was sent from another device.
    status: message.fromMe ? 'sent' : 'delivered',
    delivered_at: message.fromMe ? null : new Date().toISOString(),
    source: message.fromMe ? 'manual' : 'webhook',
    agent_id: message.fromMe ? SYSTEM_AGENT_IDS.default : SYSTEM_AGENT_IDS.webhook,
    metadata: message.metadata,
    sent_at: message.sentAt.toISOString(),
    enrichment_id: isRead ? newId() : null,
    enrichment_type: isRead ? message.contentType : null,
    enrichment_priority: isRead ? (priority ?? null) : null,
  };
}
