import { randomUUID } from 'node:crypto';
import { sqlFile, type Tx } from '../../database';
import { newId } from '../../ids';

/**
 * The channel that histories belong to which come from no channel of ours: one a tenant, made with the first import.
 * Nothing is received or sent through it.
 */
export async function historyChannel(tx: Tx, tenantId: string): Promise<string> {
  const [channel] = await tx.$queryRawUnsafe<{ id: string }[]>(
    sqlFile('core/memory/import/sql/history_channel.sql'),
    tenantId,
    newId(),
    randomUUID(),
  );
  if (!channel) throw new Error('the channel of imported histories was neither found nor made');
  return channel.id;
}
