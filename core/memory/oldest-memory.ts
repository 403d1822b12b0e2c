import { sqlFile, type Tx } from '../database';

/** When the first of what a search of this contact looks at happened; null while there is nothing. */
export async function oldestMemoryAt(tx: Tx, tenantId: string, contactId: string): Promise<Date | null> {
  const file = sqlFile('core/memory/sql/oldest_memory.sql');
  const [oldest] = await tx.$queryRawUnsafe<{ at: Date | null }[]>(file, tenantId, contactId);
  return oldest?.at ?? null;
}
