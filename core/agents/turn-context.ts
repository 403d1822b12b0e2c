import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import { SYSTEM_AGENT_IDS } from '../ids';
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
  company: string;
  timezone: string;
  handler: 'ai' | 'waiting' | 'human';
  handlerVersion: number;
  turnHandlerVersion: number;
  status: string;
}

/** Context for the prompt, not retrieval: domain reference, section 4. */
const RECENT_MESSAGES = 20;

/** @throws AppError NOT_FOUND */
export async function loadTurnHead(tx: Tx, { tenantId, turnId }: TurnRef): Promise<TurnHead> {
  const rows = await tx.$queryRawUnsafe<TurnHead[]>(sqlFile('core/agents/sql/turn-head.sql'), tenantId, turnId);
  const head = rows[0];
  if (!head) throw new AppError('NOT_FOUND', 'The turn does not exist');
  return head;
}

/** The agent in whose name turns are answered, and whose budget pays for them. */
export async function answeringAgentId(tx: Tx, tenantId: string): Promise<string> {
  const agent = await tx.agent.findFirst({ where: { tenantId, type: 'ai', isActive: true, deletedAt: null } });
  return agent?.id ?? SYSTEM_AGENT_IDS.default;
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

/** What was said before the turn, oldest first. */
export function loadRecentMessages(
  tx: Tx,
  { tenantId, turnId }: TurnRef,
  head: TurnHead,
): Promise<TranscriptMessage[]> {
  return tx.$queryRawUnsafe<TranscriptMessage[]>(
    sqlFile('core/agents/sql/recent-messages.sql'),
    tenantId,
    head.conversationId,
    turnId,
    RECENT_MESSAGES,
  );
}
