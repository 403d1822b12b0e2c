import { handOverFromTurn } from '../../agents/hand-over';
import { changeHandler } from '../../conversation/handler';
import { lockConversation } from '../../conversation/turns';
import type { Tx } from '../../database';
import type { TurnScope } from '../types';
import { latestConversation } from './latest-conversation';

export interface PersonAsked {
  escalated: boolean;
  priority?: string;
  note?: string;
}

/**
 * Puts a conversation before the people: that of the turn, or the contact's latest.
 *
 * @throws AppError NOT_FOUND
 */
export async function askForPerson(
  tx: Tx,
  of: { tenantId: string; contactId: string; turn: TurnScope | null; reason: string; priority: string },
): Promise<PersonAsked> {
  const { tenantId, contactId, turn, priority } = of;
  const conversationId = turn?.conversationId ?? (await latestConversation(tx, tenantId, contactId));
  const { handler, handlerVersion } = await lockConversation(tx, tenantId, conversationId);
  // Somebody who took over meanwhile keeps the conversation.
  if (handler !== 'ai') return { escalated: true, note: 'a person has been asked for already' };
  if (turn && handlerVersion !== turn.handlerVersion) return { escalated: false, note: 'a person was here meanwhile' };
  const change = { tenantId, conversationId, reason: `${priority}: ${of.reason}` };
  if (turn) await handOverFromTurn(tx, { ...change, turnId: turn.turnId });
  else await changeHandler(tx, { ...change, handler: 'waiting', name: null });
  return { escalated: true, priority };
}
