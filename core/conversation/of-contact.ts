import type { Tx } from '../database';

/** The ids of all conversations of a contact, one for each channel. Of nobody, none. */
export async function conversationsOf(tx: Tx, tenantId: string, contactId: string): Promise<string[]> {
  const rows = await tx.conversation.findMany({ where: { tenantId, contactId }, select: { id: true } });
  return rows.map(({ id }) => id);
}
