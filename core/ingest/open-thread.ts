import { sqlFile, type Tx } from '../database';
import { newId } from '../ids';
import type { OutboxEvent } from '../outbox/events';
import { contactPhone, isTimedOut, lockNames, statedIdentities, type Thread } from './find-thread';
import type { ChannelRef, IncomingMessage } from './types';
import { privateChatId } from './waha/identity';

/** A thread with every part in place. */
export type OpenThread = Thread & { contact_id: string; conversation_id: string; session_id: string };

export function isOpen(thread: Thread, message: IncomingMessage): thread is OpenThread {
  const hasChat = message.groupId === null || thread.chat_id !== null;
  return (
    thread.contact_id !== null &&
    thread.conversation_id !== null &&
    thread.session_id !== null &&
    hasChat &&
    !isTimedOut(thread, message.sentAt)
  );
}

/** Waits for other first messages of the same person, and keeps them waiting until this transaction ends. */
export async function lockContact(tx: Tx, tenantId: string, message: IncomingMessage): Promise<void> {
  await tx.$queryRawUnsafe(sqlFile('core/ingest/sql/lock-contact.sql'), tenantId, lockNames(message));
}

/**
 * Makes the missing parts of a thread and returns it whole, with the events this caused. Null when somebody else made
 * a part at the same time: then read again.
 */
export async function openThread(
  tx: Tx,
  { channel, message, thread }: { channel: ChannelRef; message: IncomingMessage; thread: Thread },
): Promise<{ thread: OpenThread; events: OutboxEvent[] } | null> {
  const phone = contactPhone(message);
  const name = message.pushName ?? phone ?? message.contact.lid;
  const wanted = {
    tenant_id: channel.tenantId,
    channel_id: channel.channelId,
    source_channel: 'waha',
    found_contact_id: thread.contact_id,
    new_contact_id: newId(),
    name,
    phone,
    external_chat_id: privateChatId(message.contact),
    found_conversation_id: thread.conversation_id,
    new_conversation_id: newId(),
    group_address: message.groupId,
    found_chat_id: thread.chat_id,
    new_chat_id: newId(),
    new_session_id: newId(),
    pipeline_id: thread.pipeline_id,
    timeout_minutes: thread.timeout_minutes,
    seen_at: message.sentAt.toISOString(),
  };
  const events = await endTimedOutSession(tx, { channel, thread });
  const rows = await tx.$queryRawUnsafe<
    { contact_id: string | null; conversation_id: string | null; chat_id: string | null; session_id: string | null }[]
  >(sqlFile('core/ingest/sql/open-thread.sql'), JSON.stringify(wanted));
  const made = rows[0];
  if (!made?.contact_id || !made.conversation_id || !made.session_id) return null;

  if (made.contact_id === wanted.new_contact_id) {
    events.unshift(contactCreated(channel, { contactId: made.contact_id, message }));
  }
  if (made.chat_id !== null && made.chat_id === wanted.new_chat_id) events.push(chatCreated(channel, made.chat_id));
  const opened: OpenThread = {
    ...thread,
    contact_id: made.contact_id,
    contact_name: thread.contact_name ?? name,
    contact_phone: thread.contact_id === null ? phone : thread.contact_phone,
    conversation_id: made.conversation_id,
    external_chat_id: thread.external_chat_id ?? wanted.external_chat_id,
    chat_id: made.chat_id,
    session_id: made.session_id,
    session_timeout_minutes: thread.timeout_minutes,
    session_last_activity_at: message.sentAt,
  };
  events.push(sessionStarted(channel, { opened, message }));
  return { thread: opened, events };
}

async function endTimedOutSession(
  tx: Tx,
  { channel, thread }: { channel: ChannelRef; thread: Thread },
): Promise<OutboxEvent[]> {
  if (thread.session_id === null) return [];
  const ended = await tx.$queryRawUnsafe<
    {
      started_at: Date;
      ended_at: Date;
      message_count: number;
      messages_from_contact: number;
      messages_from_agent: number;
      message_ids: string[];
    }[]
  >(sqlFile('core/ingest/sql/end-session.sql'), channel.tenantId, thread.session_id);
  return ended.map((session) => ({
    tenantId: channel.tenantId,
    aggregateType: 'session',
    aggregateId: thread.session_id ?? '',
    eventType: 'session.ended',
    data: {
      sessionId: thread.session_id,
      contactId: thread.contact_id,
      conversationId: thread.conversation_id,
      channelId: channel.channelId,
      reason: 'inactivity_timeout',
      startedAt: session.started_at.toISOString(),
      endedAt: session.ended_at.toISOString(),
      messageCount: session.message_count,
      messagesFromContact: session.messages_from_contact,
      messagesFromAgent: session.messages_from_agent,
      messageIds: session.message_ids,
    },
  }));
}

function contactCreated(
  channel: ChannelRef,
  { contactId, message }: { contactId: string; message: IncomingMessage },
): OutboxEvent {
  return {
    tenantId: channel.tenantId,
    aggregateType: 'contact',
    aggregateId: contactId,
    eventType: 'contact.created',
    data: { contactId, channelId: channel.channelId, source: 'waha', createdAt: message.sentAt.toISOString() },
  };
}

function chatCreated({ tenantId, channelId }: ChannelRef, chatId: string): OutboxEvent {
  return {
    tenantId,
    aggregateType: 'chat',
    aggregateId: chatId,
    eventType: 'chat.created',
    data: { chatId, channelId, type: 'group' },
  };
}

function sessionStarted(
  channel: ChannelRef,
  { opened, message }: { opened: OpenThread; message: IncomingMessage },
): OutboxEvent {
  return {
    tenantId: channel.tenantId,
    aggregateType: 'session',
    aggregateId: opened.session_id,
    eventType: 'session.started',
    data: {
      sessionId: opened.session_id,
      contactId: opened.contact_id,
      conversationId: opened.conversation_id,
      channelId: channel.channelId,
      chatId: opened.chat_id,
      timeoutMinutes: opened.timeout_minutes,
      startedAt: message.sentAt.toISOString(),
    },
  };
}

/** Identities the message states and the contact does not have yet. */
export async function addMissingIdentities(
  tx: Tx,
  { tenantId, thread, message }: { tenantId: string; thread: OpenThread; message: IncomingMessage },
): Promise<void> {
  const known = new Set(thread.identities);
  const missing = statedIdentities(message).filter(({ kind, value }) => !known.has(`${kind}:${value}`));
  if (missing.length === 0) return;
  await tx.$executeRawUnsafe(
    sqlFile('core/ingest/sql/add-identities.sql'),
    tenantId,
    thread.contact_id,
    missing.map(({ kind }) => kind),
    missing.map(({ value }) => value),
  );
}
