import { setTimeout as sleep } from 'node:timers/promises';
import { changeHandler } from '../conversation/handler';
import type { Handler } from '../conversation/types';
import type { Database, Tx } from '../database';
import { AppError } from '../errors';
import { toPage, type Page, type PageRequest } from './page';

export interface Conversation {
  id: string;
  channelId: string;
  contactId: string;
  handler: string;
  handlerName: string | null;
  handlerReason: string | null;
  handlerVersion: number;
  handlerChangedAt: Date;
  createdAt: Date;
  updatedAt: Date;
}

const SELECTED = {
  id: true,
  channelId: true,
  contactId: true,
  handler: true,
  handlerName: true,
  handlerReason: true,
  handlerVersion: true,
  handlerChangedAt: true,
  createdAt: true,
  updatedAt: true,
} as const;

export interface ConversationFilter {
  contactId?: string | undefined;
  channelId?: string | undefined;
  handler?: string | undefined;
}

/** How long a take-over waits for a bot message that is on its way to the channel: longer than the channel's own limit. */
const SENDING_WAIT_MS = 10_000;
const SENDING_POLL_MS = 100;

/** Newest first. */
export async function listConversations(
  tx: Tx,
  tenantId: string,
  { limit, after, ...filter }: PageRequest & ConversationFilter,
): Promise<Page<Conversation>> {
  const rows = await tx.conversation.findMany({
    where: { tenantId, ...filter, ...(after?.[0] ? { id: { lt: after[0] } } : {}) },
    // Ids are ordered by time.
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows, limit, (row) => [row.id]);
}

/** @throws AppError NOT_FOUND */
export async function getConversation(tx: Tx, tenantId: string, conversationId: string): Promise<Conversation> {
  const conversation = await tx.conversation.findFirst({ where: { tenantId, id: conversationId }, select: SELECTED });
  if (!conversation) throw new AppError('NOT_FOUND', 'There is no conversation with this id');
  return conversation;
}

export interface HandlerRequest {
  tenantId: string;
  conversationId: string;
  handler: Extract<Handler, 'ai' | 'human'>;
  name: string | null;
  reason: string | null;
}

export interface TakenOver {
  conversation: Conversation;
  cancelledMessageIds: string[];
  /** Bot messages that were still on their way to the channel when the wait ended; 0 almost always. */
  botMessagesSending: number;
}

/**
 * A person takes the conversation, or gives it back to the agents. After a take-over the answer waits until no bot message
 * is on its way any more (at most 10 s), so that who reads it may write without being interrupted.
 *
 * @throws AppError NOT_FOUND
 */
export async function assignHandler(db: Database, request: HandlerRequest): Promise<TakenOver> {
  const { tenantId, conversationId } = request;
  const { conversation, cancelledMessageIds } = await db.withTenant(tenantId, async (tx) => {
    const changed = await changeHandler(tx, request);
    return { ...changed, conversation: await getConversation(tx, tenantId, conversationId) };
  });
  const botMessagesSending = request.handler === 'human' ? await waitWhileBotSends(db, request) : 0;
  return { conversation, cancelledMessageIds, botMessagesSending };
}

async function waitWhileBotSends(
  db: Database,
  { tenantId, conversationId }: { tenantId: string; conversationId: string },
): Promise<number> {
  const endsAt = Date.now() + SENDING_WAIT_MS;
  for (;;) {
    const sending = await db.withTenant(tenantId, (tx) =>
      tx.message.count({ where: { tenantId, conversationId, source: 'bot', status: 'sending' } }),
    );
    if (sending === 0 || Date.now() >= endsAt) return sending;
    await sleep(SENDING_POLL_MS);
  }
}
