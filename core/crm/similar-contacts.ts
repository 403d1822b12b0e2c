import { sqlFile, type Tx } from '../database';
import { getContact } from './contacts';

/** `campaign` is also an advertisement, `entity` a name or a code that both spoke of. */
export const SHARED_KINDS = ['campaign', 'entity', 'list', 'stage', 'tag', 'topic'] as const;

/** How many one may ask for, and gets without asking. */
export const MOST_SIMILAR = 50;
export const DEFAULT_SIMILAR = 10;

/** What both contacts have. */
export interface SharedTrait {
  kind: (typeof SHARED_KINDS)[number];
  /** The rarest twenty. */
  names: string[];
  count: number;
}

export interface SimilarContact {
  id: string;
  name: string;
  shared: SharedTrait[];
  /** A campaign counts 3, a list or stage 2, a tag or topic 1, an entity half; each the less, the more contacts have it. */
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
