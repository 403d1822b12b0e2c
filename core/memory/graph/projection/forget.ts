import { sqlFile, type Tx } from '../../../database';
import { isProjectionReady } from './request';

/**
 * Runs `erase`, which removes a contact's edges, and then removes from the projection, in the same transaction, what is its:
 * the other vertices and edges come again with the next projection.
 *
 * @returns vertices and edges of the projection; 0 where there is none.
 */
export async function forgettingProjection(
  tx: Tx,
  { tenantId, contactId }: { tenantId: string; contactId: string },
  erase: () => Promise<void>,
): Promise<number> {
  if (!(await isProjectionReady(tx))) {
    await erase();
    return 0;
  }
  const [named] = await tx.$queryRawUnsafe<{ ids: string[] }[]>(
    sqlFile('core/memory/graph/projection/sql/named_by_contact.sql'),
    tenantId,
    contactId,
  );
  await erase();
  const [row] = await tx.$queryRawUnsafe<{ removed: number }[]>(
    sqlFile('core/memory/graph/projection/sql/forget.sql'),
    tenantId,
    contactId,
    named?.ids ?? [],
  );
  return row?.removed ?? 0;
}
