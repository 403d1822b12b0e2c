import { sqlFile, type Tx } from '../database';
import { appendEvents } from '../outbox/events';
import { addContactEvent } from './contact-events';
import { getContact } from './contacts';
import { sourceOf, type Actor } from './types';

export type TagOperation = 'add' | 'remove' | 'replace';

/**
 * Changes the tags of a contact; what is there already, or not there, changes nothing.
 *
 * @returns the tags it has now.
 * @throws AppError NOT_FOUND
 */
export async function changeTags(
  tx: Tx,
  tenantId: string,
  { contactId, tags, operation, actor }: { contactId: string; tags: string[]; operation: TagOperation; actor: Actor },
): Promise<string[]> {
  // Before reading: two changes at once must not lose one another.
  await tx.$queryRawUnsafe(sqlFile('core/crm/sql/lock_contact.sql'), tenantId, contactId);
  const before = (await getContact(tx, tenantId, contactId)).tags;
  const after = tagsAfter(before, tags, operation);
  const added = after.filter((tag) => !before.includes(tag));
  const removed = before.filter((tag) => !after.includes(tag));
  if (added.length + removed.length === 0) return before;
  await tx.contact.updateMany({
    where: { tenantId, id: contactId },
    data: { tags: after, version: { increment: 1 }, updatedAt: new Date() },
  });
  const changes = [
    ...added.map((tag) => ({ tag, name: 'tag_added' })),
    ...removed.map((tag) => ({ tag, name: 'tag_removed' })),
  ];
  await appendEvents(
    tx,
    changes.map(({ tag, name }) => ({
      tenantId,
      aggregateType: 'contact' as const,
      aggregateId: contactId,
      eventType: `contact.${name}`,
      data: { contactId, tag, ...actor },
    })),
  );
  for (const { tag, name } of changes) {
    await addContactEvent(tx, tenantId, {
      contactId,
      category: 'tag',
      eventType: name,
      title: tag,
      payload: { tag },
      source: sourceOf(actor),
    });
  }
  return after;
}

function tagsAfter(before: string[], tags: string[], operation: TagOperation): string[] {
  const named = [...new Set(tags)];
  if (operation === 'replace') return named;
  if (operation === 'remove') return before.filter((tag) => !named.includes(tag));
  return [...before, ...named.filter((tag) => !before.includes(tag))];
}
