import { sqlFile, type Tx } from '../database';
import { getContact } from './contacts';

export interface SimilarContact {
  id: string;
  name: string;
  sharedTags: string[];
  sharedStages: number;
  sharedFactTypes: string[];
  /** A shared stage counts 2, a tag 1, a type of fact half. */
  score: number;
}

/** Contacts that share the most with this one, best first; those that share nothing are left out. @throws AppError NOT_FOUND */
export async function similarContacts(
  tx: Tx,
  tenantId: string,
  { contactId, limit }: { contactId: string; limit: number },
): Promise<SimilarContact[]> {
  await getContact(tx, tenantId, contactId);
  return tx.$queryRawUnsafe<SimilarContact[]>(sqlFile('core/crm/sql/similar_contacts.sql'), tenantId, contactId, limit);
}
