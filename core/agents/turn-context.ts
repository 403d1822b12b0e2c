import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import type { PreviousIntent } from './intents/decide';
import { CONFIDENCE_FLOOR } from './intents/types';
import { customerLanguage } from './team/language';
import type { Language } from './team/types';
import type { TranscriptMessage } from './transcript';
import type { ToolCaller } from '../tools/types';
import type { TurnRef } from './types';

/** Who the turn is with, and what binds it. */
export interface TurnHead {
  conversationId: string;
  channelId: string;
  contactId: string;
  sessionId: string;
  externalChatId: string;
  contactName: string;
  isContactDeleted: boolean;
  company: string;
  timezone: string;
  handler: 'ai' | 'waiting' | 'human';
  handlerVersion: number;
  turnHandlerVersion: number;
  status: string;
}

/** @throws AppError NOT_FOUND */
export async function loadTurnHead(tx: Tx, { tenantId, turnId }: TurnRef): Promise<TurnHead> {
  const rows = await tx.$queryRawUnsafe<TurnHead[]>(sqlFile('core/agents/sql/turn-head.sql'), tenantId, turnId);
  const head = rows[0];
  if (!head) throw new AppError('NOT_FOUND', 'The turn does not exist');
  return head;
}

/** What the turn before was about, and who answered it. */
export interface TurnBefore extends PreviousIntent {
  agentId: string | null;
}

/**
 * The turn right before this one in the session; null when there was none, or no agent was chosen for it.
 *
 * @param sessionId of a turn that is not there yet; without it, the turn's own
 */
export async function turnBefore(
  tx: Tx,
  { tenantId, turnId }: TurnRef,
  sessionId: string | null = null,
): Promise<TurnBefore | null> {
  const [before] = await tx.$queryRawUnsafe<TurnBefore[]>(
    sqlFile('core/agents/sql/turn-before.sql'),
    tenantId,
    turnId,
    sessionId,
    CONFIDENCE_FLOOR,
  );
  return before ?? null;
}

/** Messages before the turn that may tell the customer's language when the turn's own do not. */
const MESSAGES_FOR_LANGUAGE = 10;

/** The language in which the product itself speaks to this customer. */
export async function turnLanguage(tx: Tx, turn: TurnRef): Promise<Language> {
  const [recent, own] = await Promise.all([
    loadRecentMessages(tx, turn, { limit: MESSAGES_FOR_LANGUAGE }),
    loadTurnMessages(tx, turn),
  ]);
  return customerLanguage(writtenByCustomer([...recent, ...own]));
}

/** What the customer wrote, newest first, from messages in their order. */
export function writtenByCustomer(messages: TranscriptMessage[]): string[] {
  return messages.flatMap(({ fromMe, text }) => (fromMe || !text ? [] : [text])).reverse();
}

/** Whom the tools of this turn act for. */
export function turnCaller({ tenantId, turnId }: TurnRef, head: TurnHead): ToolCaller {
  const { conversationId, channelId, contactId, sessionId, turnHandlerVersion: handlerVersion } = head;
  return {
    kind: 'agent',
    tenantId,
    turn: { turnId, conversationId, channelId, contactId, sessionId, handlerVersion },
  };
}

/** The messages that the turn answers, in order. */
export function loadTurnMessages(tx: Tx, { tenantId, turnId }: TurnRef): Promise<TranscriptMessage[]> {
  return tx.$queryRawUnsafe<TranscriptMessage[]>(sqlFile('core/agents/sql/turn-messages.sql'), tenantId, turnId);
}

/**
 * What was said before the turn, oldest first: context for the prompt, not retrieval.
 *
 * @param of.before for a turn that is long over: when it began
 */
export function loadRecentMessages(
  tx: Tx,
  { tenantId, turnId }: TurnRef,
  { limit, before }: { limit: number; before?: Date },
): Promise<TranscriptMessage[]> {
  return tx.$queryRawUnsafe<TranscriptMessage[]>(
    sqlFile('core/agents/sql/recent-messages.sql'),
    tenantId,
    turnId,
    limit,
    before ?? null,
  );
}
