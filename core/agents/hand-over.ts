import { changeHandler } from '../conversation/handler';
import type { Tx } from '../database';

/**
 * Asks for a person from within a turn. The turn takes the new version of the fence with it, so that its own closing line
 * still goes out; whatever was written for an older version does not.
 */
export async function handOverFromTurn(
  tx: Tx,
  of: { tenantId: string; turnId: string; conversationId: string; reason: string },
): Promise<void> {
  const { tenantId, turnId, conversationId, reason } = of;
  const { handlerVersion } = await changeHandler(tx, {
    tenantId,
    conversationId,
    handler: 'waiting',
    name: null,
    reason,
    turnId,
  });
  await tx.messageGroup.update({ where: { tenantId_id: { tenantId, id: turnId } }, data: { handlerVersion } });
}
