import type { Actor } from '../../crm/types';
import type { Tx } from '../../database';
import { newId } from '../../ids';

export type FactChangeKind = 'added' | 'edited' | 'merged' | 'superseded' | 'confirmed' | 'invalidated' | 'restored';

/** One line of a fact's history: who did what, when and why. */
export interface FactChange {
  id: string;
  factId: string;
  change: FactChangeKind;
  /** The new version of an edited fact, or the fact that replaced this one. */
  otherFactId: string | null;
  actor: 'user' | 'agent' | 'system';
  userId: string | null;
  reason: string | null;
  createdAt: Date;
}

/** Writes into the history of a fact, in the transaction of the change. */
export async function noteChange(
  tx: Tx,
  tenantId: string,
  change: {
    factId: string;
    contactId: string;
    change: FactChangeKind;
    otherFactId?: string;
    actor: Actor;
    reason: string | null;
  },
): Promise<void> {
  const { actor, ...fields } = change;
  const userId = actor.by === 'user' ? actor.user_id : null;
  await tx.memoryFactChange.create({ data: { id: newId(), tenantId, ...fields, actor: actor.by, userId } });
}

const MOST_CHANGES = 200;

/** The history of a fact, latest first. */
export async function factChanges(tx: Tx, tenantId: string, factId: string): Promise<FactChange[]> {
  const rows = await tx.memoryFactChange.findMany({
    where: { tenantId, factId },
    orderBy: { id: 'desc' },
    take: MOST_CHANGES,
    omit: { tenantId: true, contactId: true },
  });
  return rows as FactChange[];
}
