import { setTimeout as sleep } from 'node:timers/promises';
import { requireOpenSession } from './close-session';
import { changeHandler } from '../conversation/handler';
import { lockConversation } from '../conversation/turns';
import type { Handler } from '../conversation/types';
import type { Actor } from './types';
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
  /** The person of the tenant's `agents` who has it, or is asked to come. */
  assignedAgentId: string | null;
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
  assignedAgentId: true,
  createdAt: true,
  updatedAt: true,
} as const;

export interface ConversationFilter {
  contactId?: string | undefined;
  channelId?: string | undefined;
  handler?: string | undefined;
  assignedAgentId?: string | undefined;
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

/** Who answers, as people read it beside a conversation: `AI`, `waiting`, or a name. */
export function handlerLabel({ handler, handlerName }: Pick<Conversation, 'handler' | 'handlerName'>): string {
  return handler === 'ai' ? 'AI' : (handlerName ?? 'waiting');
}

export interface HandlerRequest {
  tenantId: string;
  conversationId: string;
  handler: Extract<Handler, 'ai' | 'human'>;
  name: string | null;
  reason: string | null;
  /** Which of the tenant's people takes it over. */
  agentId?: string | undefined;
  /** Must be open still. */
  sessionId?: string | undefined;
  actor: Actor;
}

export interface TakenOver {
  conversation: Conversation;
  cancelledMessageIds: string[];
  /** Bot messages that were still on their way to the channel when the wait ended; 0 almost always. */
  botMessagesSending: number;
}

/**
 * A person takes the conversation, or gives it back to the agents. After a take-over the answer waits until no bot message
 * is on its way any more (at most 10 s), so that who reads it may write without being interrupted. What the agents have
 * already is not given back again: that would silence the turn they are at.
 *
 * @throws AppError NOT_FOUND, INVARIANT_VIOLATION (agentId is not a person who is switched on), SESSION_CLOSED
 */
export async function assignHandler(db: Database, request: HandlerRequest): Promise<TakenOver> {
  const { tenantId, conversationId } = request;
  const { conversation, cancelledMessageIds } = await db.withTenant(tenantId, async (tx) => {
    const { agentId, sessionId, ...change } = request;
    if (sessionId !== undefined) await requireOpenSession(tx, tenantId, { sessionId, conversationId });
    const person = agentId === undefined ? null : await requirePerson(tx, tenantId, agentId);
    const { handler } = await lockConversation(tx, tenantId, conversationId);
    if (request.handler === 'ai' && handler === 'ai')
      return { cancelledMessageIds: [], conversation: await getConversation(tx, tenantId, conversationId) };
    const changed = await changeHandler(tx, {
      ...change,
      ...(person ? { name: person.name, assigned: { agentId: person.id, source: 'manual' } } : {}),
    });
    return { ...changed, conversation: await getConversation(tx, tenantId, conversationId) };
  });
  const botMessagesSending = request.handler === 'human' ? await waitWhileBotSends(db, request) : 0;
  return { conversation, cancelledMessageIds, botMessagesSending };
}

/** Whoever takes a conversation over decides for themselves how many they can answer. */
async function requirePerson(tx: Tx, tenantId: string, agentId: string): Promise<{ id: string; name: string }> {
  const person = await tx.agent.findFirst({
    where: { tenantId, id: agentId, deletedAt: null },
    select: { id: true, name: true, type: true, isActive: true },
  });
  if (!person) throw new AppError('NOT_FOUND', 'There is no agent with this id');
  if (person.type !== 'human' || !person.isActive)
    throw new AppError('INVARIANT_VIOLATION', `${person.name} is not a person who is switched on`);
  return person;
}

/** @returns how many are still on their way when the wait ends */
export async function waitWhileBotSends(
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
