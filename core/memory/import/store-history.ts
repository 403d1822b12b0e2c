import { sqlFile, type Tx } from '../../database';
import { newId, SYSTEM_AGENT_IDS } from '../../ids';
import { storableJson } from '../../text';
import { addIdentities, contactKey, resolveContacts } from './contacts';
import { groupBy } from '../../group-by';
import { placeInSessions, type Window } from './sessions';
import type { HistoryMessage, ImportSettings, StoredHistory } from './types';

export interface HistoryTarget {
  tenantId: string;
  channelId: string;
  /** The import it belongs to; null for one that nobody follows. */
  importId: string | null;
  /** A channel's own history keeps the channel's message ids, so that it meets the live messages. */
  idsOf: 'contact' | 'channel';
}

/** A message with the ids of what it belongs to. */
interface Located {
  message: HistoryMessage;
  contactId: string;
  channelMessageId: string;
}

/**
 * Stores messages of the past with their contacts, conversations and sessions, in the caller's transaction. No events of
 * messages are written: nobody is answered and nothing is debounced. Storing the same messages again stores nothing, in
 * whatever order and batches they come.
 */
export async function storeHistory(
  tx: Tx,
  target: HistoryTarget,
  messages: readonly HistoryMessage[],
  settings: ImportSettings,
): Promise<StoredHistory> {
  const { tenantId, channelId } = target;
  await tx.$queryRawUnsafe(sqlFile('core/memory/import/sql/lock_channel.sql'), tenantId, channelId);
  const contacts = await resolveContacts(tx, tenantId, messages);
  const located = messages.flatMap((message): Located[] => {
    const contactId = contacts.idOf.get(contactKey(message.contact));
    if (contactId === undefined) return [];
    return [{ message, contactId, channelMessageId: channelMessageIdOf(target, contactId, message.externalId) }];
  });
  const refusals = messages
    .filter(({ contact }) => !contacts.idOf.has(contactKey(contact)))
    .map(({ line }) => ({ line: line ?? 0, problem: 'contact.id: is not a contact of this project' }));
  const fresh = await withoutKnown(tx, target, located);
  if (fresh.length === 0) {
    return {
      messagesStored: 0,
      messagesKnown: located.length,
      contactsCreated: contacts.created,
      sessionsCreated: 0,
      refusals,
    };
  }
  const conversations = await openConversations(tx, target, fresh);
  const { sessionOf, sessionsCreated } = await openSessions(tx, target, { fresh, conversations, settings });
  const rows = fresh.map(({ message, contactId, channelMessageId }, index) => ({
    id: newId(),
    contact_id: contactId,
    conversation_id: conversations.get(contactId),
    session_id: sessionOf[index],
    from_me: message.fromMe,
    agent_id: writerOf(message, settings),
    content_type: message.contentType,
    text: message.text,
    channel_message_id: channelMessageId,
    reply_to:
      message.replyToExternalId === undefined ? null : channelMessageIdOf(target, contactId, message.replyToExternalId),
    metadata: storableJson({
      ...message.metadata,
      externalId: message.externalId,
      ...(message.speaker === undefined ? {} : { speaker: message.speaker }),
    }),
    sent_at: message.sentAt.toISOString(),
  }));
  const [result] = await tx.$queryRawUnsafe<{ stored: number }[]>(
    sqlFile('core/memory/import/sql/make_messages.sql'),
    tenantId,
    channelId,
    target.importId,
    SYSTEM_AGENT_IDS.default,
    JSON.stringify(rows),
  );
  const messagesStored = result?.stored ?? 0;
  await addIdentities(tx, tenantId, { contacts: contacts.idOf, messages });
  return {
    messagesStored,
    messagesKnown: located.length - messagesStored,
    contactsCreated: contacts.created,
    sessionsCreated,
    refusals,
  };
}

/** Undefined: nobody in particular. */
function writerOf({ fromMe, sentAt }: HistoryMessage, { writer }: ImportSettings): string | undefined {
  if (!fromMe || !writer) return undefined;
  const isTheirs = (writer.from === null || sentAt >= writer.from) && (writer.to === null || sentAt <= writer.to);
  return isTheirs ? writer.agentId : undefined;
}

/** Two files may both number their messages from one: within a file an id means something for its contact only. */
function channelMessageIdOf({ idsOf }: HistoryTarget, contactId: string, externalId: string): string {
  return idsOf === 'channel' ? externalId : `${contactId}/${externalId}`;
}

/** The first of each id that is not stored yet. */
async function withoutKnown(tx: Tx, { tenantId, channelId }: HistoryTarget, located: Located[]): Promise<Located[]> {
  const rows = await tx.$queryRawUnsafe<{ channelMessageId: string }[]>(
    sqlFile('core/memory/import/sql/known_messages.sql'),
    tenantId,
    channelId,
    located.map(({ channelMessageId }) => channelMessageId),
  );
  const known = new Set(rows.map(({ channelMessageId }) => channelMessageId));
  return located.filter(({ channelMessageId }) => {
    if (known.has(channelMessageId)) return false;
    known.add(channelMessageId);
    return true;
  });
}

async function openConversations(
  tx: Tx,
  { tenantId, channelId }: HistoryTarget,
  fresh: readonly Located[],
): Promise<Map<string, string>> {
  const wanted = new Map(
    fresh.map(({ contactId, message: { contact } }) => [
      contactId,
      {
        id: newId(),
        contact_id: contactId,
        external_chat_id: chatAddress(contact) ?? `import:${contactId}`,
      },
    ]),
  );
  const rows = await tx.$queryRawUnsafe<{ id: string; contactId: string }[]>(
    sqlFile('core/memory/import/sql/make_conversations.sql'),
    tenantId,
    channelId,
    JSON.stringify([...wanted.values()]),
  );
  return new Map(rows.map(({ id, contactId }) => [contactId, id]));
}

function chatAddress({ phone, lid }: HistoryMessage['contact']): string | null {
  if (phone !== undefined) return `${phone.slice(1)}@c.us`;
  return lid === undefined ? null : `${lid}@lid`;
}

interface SessionRow {
  id: string;
  contactId: string;
  importKey: string | null;
  startedAt: Date;
  lastActivityAt: Date;
}

/** The session of each message, in the order of the messages; makes those that are missing. */
async function openSessions(
  tx: Tx,
  { tenantId, channelId }: HistoryTarget,
  {
    fresh,
    conversations,
    settings,
  }: { fresh: Located[]; conversations: Map<string, string>; settings: ImportSettings },
): Promise<{ sessionOf: string[]; sessionsCreated: number }> {
  const gapMs = settings.gapMinutes * 60_000;
  const byContact = groupBy(fresh, ({ contactId }) => contactId);
  const found = await tx.$queryRawUnsafe<SessionRow[]>(
    sqlFile('core/memory/import/sql/find_sessions.sql'),
    tenantId,
    channelId,
    JSON.stringify([...byContact].map(([contactId, own]) => nearOf(contactId, own, gapMs))),
  );
  const foundOf = groupBy(found, ({ contactId }) => contactId);
  const sessionOf = new Map<Located, string>();
  const made: Record<string, unknown>[] = [];
  for (const [contactId, own] of byContact) {
    const rows = foundOf.get(contactId) ?? [];
    const named = groupBy(
      own.filter(({ message }) => message.session !== undefined),
      ({ message }) => message.session ?? '',
    );
    for (const [importKey, members] of named) {
      const times = members.map(({ message }) => message.sentAt.getTime());
      const id = rows.find((row) => row.importKey === importKey)?.id ?? newId();
      members.forEach((member) => sessionOf.set(member, id));
      if (!rows.some((row) => row.id === id)) {
        const window: Window = { id, startedAt: Math.min(...times), endedAt: Math.max(...times), isNew: true };
        made.push(sessionRow(window, { contactId, importKey, conversationId: conversations.get(contactId) }));
      }
    }
    const unnamed = own
      .filter(({ message }) => message.session === undefined)
      .map((member) => ({ member, sentAt: member.message.sentAt }));
    const windows = rows.map((row) => ({
      id: row.id,
      startedAt: row.startedAt.getTime(),
      endedAt: row.lastActivityAt.getTime(),
      isNew: false,
    }));
    const split = placeInSessions(unnamed, { windows, gapMs, newId });
    split.placed.forEach(({ message, sessionId }) => sessionOf.set(message.member, sessionId));
    for (const window of split.windows.filter(({ isNew }) => isNew)) {
      made.push(sessionRow(window, { contactId, importKey: null, conversationId: conversations.get(contactId) }));
    }
  }
  if (made.length > 0) {
    await tx.$executeRawUnsafe(
      sqlFile('core/memory/import/sql/make_sessions.sql'),
      tenantId,
      channelId,
      JSON.stringify(made),
      settings.gapMinutes,
    );
  }
  return { sessionOf: fresh.map((member) => sessionOf.get(member) ?? ''), sessionsCreated: made.length };
}

function nearOf(contactId: string, own: readonly Located[], gapMs: number): Record<string, unknown> {
  const times = own.map(({ message }) => message.sentAt.getTime());
  return {
    contact_id: contactId,
    from: new Date(Math.min(...times) - gapMs).toISOString(),
    to: new Date(Math.max(...times) + gapMs).toISOString(),
    names: [...new Set(own.flatMap(({ message }) => message.session ?? []))],
  };
}

function sessionRow(
  window: Window,
  of: { contactId: string; importKey: string | null; conversationId: string | undefined },
): Record<string, unknown> {
  return {
    id: window.id,
    contact_id: of.contactId,
    conversation_id: of.conversationId,
    import_key: of.importKey,
    started_at: new Date(window.startedAt).toISOString(),
    ended_at: new Date(window.endedAt).toISOString(),
  };
}
