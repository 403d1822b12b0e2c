import { sqlFile, type Tx } from '../database';
import type { Turn } from './turn';
import type { TurnHead } from './turn-context';
import type { TurnRef } from './types';

/**
 * Takes the lock that a hand-over and an interruption take, so that what is done in the same transaction happens before
 * them or not at all. What is read after it, in the same transaction, stays true until its end.
 */
export async function lockTurn(tx: Tx, { tenantId, turnId }: TurnRef): Promise<void> {
  await tx.$queryRawUnsafe(sqlFile('core/agents/sql/lock-turn.sql'), tenantId, turnId);
}

/** Whether a turn still has its conversation: nobody took it over since, and there is somebody to answer. */
export function isTurnFirm({ handlerVersion, turnHandlerVersion, isContactDeleted }: TurnHead): boolean {
  return handlerVersion === turnHandlerVersion && !isContactDeleted;
}

/** Whether a turn may still act: it is neither over nor overtaken. For a turn that was read behind its lock. */
export function isTurnOpen({ head, record }: Turn): boolean {
  const isUnderWay = head.status === 'pending' || head.status === 'processing';
  return isUnderWay && isTurnFirm(head) && record !== null && record.outcome === null;
}
