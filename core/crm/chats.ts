import type { Tx } from '../database';
import { AppError } from '../errors';
import { appendEvents } from '../outbox/events';
import { toPage, type Page, type PageRequest } from './page';
import type { Actor, JsonObject } from './types';
import { lockConflict } from './versioned';

export const CHAT_TYPES = ['individual', 'group', 'channel'] as const;
export type ChatType = (typeof CHAT_TYPES)[number];

export const CHAT_STATUSES = ['active', 'archived', 'closed'] as const;
export type ChatStatus = (typeof CHAT_STATUSES)[number];

/** A group as its channel knows it. What one contact and the company write to each other is a conversation. */
export interface Chat {
  id: string;
  channelId: string;
  type: string;
  /** Its address at the channel, for example `120363…@g.us`. */
  externalId: string;
  subject: string | null;
  status: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

const SELECTED = {
  id: true,
  channelId: true,
  type: true,
  externalId: true,
  subject: true,
  status: true,
  version: true,
  createdAt: true,
  updatedAt: true,
} as const;

export interface ChatFilter {
  type?: ChatType | undefined;
  status?: ChatStatus | undefined;
  channelId?: string | undefined;
}

/** Newest first. */
export async function listChats(
  tx: Tx,
  tenantId: string,
  { limit, after, ...filter }: PageRequest & ChatFilter,
): Promise<Page<Chat>> {
  const rows = await tx.chat.findMany({
    where: { tenantId, deletedAt: null, ...filter, ...(after?.[0] ? { id: { lt: after[0] } } : {}) },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows, limit, ({ id }) => [id]);
}

/** @throws AppError NOT_FOUND */
export async function getChat(tx: Tx, tenantId: string, chatId: string): Promise<Chat> {
  const chat = await tx.chat.findFirst({ where: { tenantId, id: chatId, deletedAt: null }, select: SELECTED });
  if (!chat) throw new AppError('NOT_FOUND', 'There is no chat with this id');
  return chat;
}

export interface ChatParticipant {
  contactId: string;
  name: string;
  phone: string | null;
  firstSeenAt: Date;
  lastSeenAt: Date;
}

/** Who has written in a chat, by contact. @throws AppError NOT_FOUND */
export async function listParticipants(
  tx: Tx,
  tenantId: string,
  { chatId, limit, after }: PageRequest & { chatId: string },
): Promise<Page<ChatParticipant>> {
  await getChat(tx, tenantId, chatId);
  const seen = await tx.session.groupBy({
    by: ['contactId'],
    where: { tenantId, chatId, ...(after?.[0] ? { contactId: { gt: after[0] } } : {}) },
    _min: { startedAt: true },
    _max: { lastActivityAt: true },
    orderBy: { contactId: 'asc' },
    take: limit + 1,
  });
  const contacts = await tx.contact.findMany({
    where: { tenantId, id: { in: seen.map(({ contactId }) => contactId) } },
    select: { id: true, name: true, phone: true },
  });
  const byId = new Map(contacts.map(({ id, ...contact }) => [id, contact]));
  const page = toPage(seen, limit, ({ contactId }) => [contactId]);
  const items = page.items.flatMap(({ contactId, _min: { startedAt }, _max: { lastActivityAt } }) => {
    const contact = byId.get(contactId);
    return contact && startedAt && lastActivityAt
      ? [{ contactId, ...contact, firstSeenAt: startedAt, lastSeenAt: lastActivityAt }]
      : [];
  });
  return { ...page, items };
}

/** What leads from one status to another, and what it is called. Closing is final. */
const CHANGES = {
  archive: { from: ['active'], to: 'archived', eventType: 'chat.archived' },
  unarchive: { from: ['archived'], to: 'active', eventType: 'chat.unarchived' },
  close: { from: ['active', 'archived'], to: 'closed', eventType: 'chat.closed' },
} as const;
export type ChatChange = keyof typeof CHANGES;

/** The same twice is once. @throws AppError NOT_FOUND, INVARIANT_VIOLATION (it is closed) */
export async function changeChat(
  tx: Tx,
  tenantId: string,
  { chatId, change, actor }: { chatId: string; change: ChatChange; actor: Actor },
): Promise<Chat> {
  const { from, to, eventType } = CHANGES[change];
  const { count } = await tx.chat.updateMany({
    where: { tenantId, id: chatId, deletedAt: null, status: { in: [...from] } },
    data: { status: to, version: { increment: 1 }, updatedAt: new Date() },
  });
  const chat = await getChat(tx, tenantId, chatId);
  if (count > 0) await chatEvent(tx, tenantId, { chat, eventType, actor });
  else if (chat.status !== to) throw closed();
  return chat;
}

/**
 * How the group is called here; the channel is not told.
 *
 * @throws AppError NOT_FOUND, OPTIMISTIC_LOCK_CONFLICT, INVARIANT_VIOLATION (it is closed, or of one contact)
 */
export async function changeSubject(
  tx: Tx,
  tenantId: string,
  { chatId, version, subject, actor }: { chatId: string; version: number; subject: string; actor: Actor },
): Promise<Chat> {
  const before = await getChat(tx, tenantId, chatId);
  if (before.type === 'individual') throw new AppError('INVARIANT_VIOLATION', 'A chat with one contact has no subject');
  if (before.status === 'closed') throw closed();
  const { count } = await tx.chat.updateMany({
    where: { tenantId, id: chatId, deletedAt: null, version, status: { not: 'closed' } },
    data: { subject, version: { increment: 1 }, updatedAt: new Date() },
  });
  const chat = await getChat(tx, tenantId, chatId);
  if (count === 0) throw lockConflict('chat', chat.version);
  await chatEvent(tx, tenantId, { chat, eventType: 'chat.subject_updated', actor });
  return chat;
}

function closed(): AppError {
  return new AppError('INVARIANT_VIOLATION', 'The chat is closed, and stays so');
}

function chatEvent(
  tx: Tx,
  tenantId: string,
  { chat, eventType, actor }: { chat: Chat; eventType: string; actor: Actor },
): Promise<void> {
  const data: JsonObject = { chatId: chat.id, channelId: chat.channelId, ...actor };
  return appendEvents(tx, [{ tenantId, aggregateType: 'chat', aggregateId: chat.id, eventType, data }]);
}
