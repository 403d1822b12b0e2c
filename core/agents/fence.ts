import { lockConversation } from '../conversation/turns';
import { sqlFile, type Tx } from '../database';
import type { TurnRef } from './types';

/**
 * Whether a turn may still act. Read under the lock that a hand-over and an interruption take, so that what is done in the
 * same transaction happens before them or not at all.
 */
export async function isTurnOpen(
  tx: Tx,
  { tenantId, turnId }: TurnRef,
  { conversationId }: { conversationId: string },
): Promise<boolean> {
  const { handlerVersion } = await lockConversation(tx, tenantId, conversationId);
  const open = await tx.$queryRawUnsafe<unknown[]>(
    sqlFile('core/agents/sql/open-turn.sql'),
    tenantId,
    turnId,
    handlerVersion,
  );
  return open.length > 0;
}
