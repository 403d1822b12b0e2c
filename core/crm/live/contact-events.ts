import { sqlFile, type Tx } from '../../database';
import type { ContactEvent } from '../contact-events';
import type { FeedAnswer, FeedQuery, FeedRow } from './feed';

export type LiveContactEvent = ContactEvent & FeedRow;

/** The lines of a contact's timeline of a position, in the order of their transactions. */
export function contactEventsAfter(
  tx: Tx,
  tenantId: string,
  { contactId, base, upto, writtenIn, id, limit }: FeedQuery & { contactId: string },
): Promise<FeedAnswer<LiveContactEvent>> {
  const sql = sqlFile('core/crm/live/sql/contact_events.sql');
  return tx.$queryRawUnsafe(sql, tenantId, contactId, base, upto, writtenIn, id, limit);
}

/** False once the contact is deleted, or what is known about it was forgotten since. */
export async function isContactKept(
  tx: Tx,
  tenantId: string,
  { contactId, since }: { contactId: string; since: Date },
): Promise<boolean> {
  const contact = await tx.contact.count({ where: { tenantId, id: contactId, deletedAt: null } });
  if (contact === 0) return false;
  const erasures = { tenantId, contactId, createdAt: { gte: since } };
  return (await tx.memoryErasure.count({ where: erasures })) === 0;
}
