import { sqlFile, type Tx } from '../../database';
import { newId } from '../../ids';
import { groupBy } from '../../group-by';
import type { HistoryContact, HistoryMessage } from './types';

/** The same contact however often it is named. */
export function contactKey({ id, ref, phone, lid }: HistoryContact): string {
  return JSON.stringify([id ?? null, ref ?? null, phone ?? null, lid ?? null]);
}

/** The contact of each key, made where there is none. A key with an unknown id stays out. */
export async function resolveContacts(
  tx: Tx,
  tenantId: string,
  messages: readonly HistoryMessage[],
): Promise<{ idOf: Map<string, string>; created: number }> {
  const wanted = new Map<string, { contact: HistoryContact; seenAt: Date }>();
  for (const { contact, sentAt } of messages) {
    const key = contactKey(contact);
    const known = wanted.get(key);
    // The name may stand in some lines only.
    if (known) known.contact = { ...contact, ...known.contact };
    else wanted.set(key, { contact, seenAt: sentAt });
  }
  const idOf = await find(tx, tenantId, wanted);
  const missing = [...wanted].filter(([key, { contact }]) => !idOf.has(key) && contact.id === undefined);
  if (missing.length === 0) return { idOf, created: 0 };
  const rows = missing.map(([key, { contact, seenAt }]) => ({
    ...contact,
    key,
    id: newId(),
    seen_at: seenAt.toISOString(),
  }));
  const made = await tx.$queryRawUnsafe<{ id: string }[]>(
    sqlFile('core/memory/import/sql/make_contacts.sql'),
    tenantId,
    JSON.stringify(rows),
  );
  const madeIds = new Set(made.map(({ id }) => id));
  // Two keys may name one contact, and somebody else may have made it meanwhile: the second look finds those.
  const all = await find(tx, tenantId, wanted);
  for (const { key, id } of rows) if (madeIds.has(id)) all.set(key, id);
  return { idOf: all, created: made.length };
}

async function find(
  tx: Tx,
  tenantId: string,
  wanted: Map<string, { contact: HistoryContact }>,
): Promise<Map<string, string>> {
  const keys = [...wanted.keys()];
  const rows = await tx.$queryRawUnsafe<{ no: number; id: string | null }[]>(
    sqlFile('core/memory/import/sql/find_contacts.sql'),
    tenantId,
    JSON.stringify(
      [...wanted.values()].map(({ contact: { id, ref, phone, lid } }, no) => ({ no, id, ref, phone, lid })),
    ),
  );
  return new Map(rows.flatMap(({ no, id }) => (id === null ? [] : [[keys[no] ?? '', id] as const])));
}

/** So that the next message of the channel finds the contact by its number or hidden id. */
export async function addIdentities(
  tx: Tx,
  tenantId: string,
  { contacts, messages }: { contacts: Map<string, string>; messages: readonly HistoryMessage[] },
): Promise<void> {
  const identities = new Map<string, { contactId: string; kind: string; value: string }>();
  for (const { contact } of messages) {
    const contactId = contacts.get(contactKey(contact));
    if (contactId === undefined) continue;
    if (contact.lid !== undefined)
      identities.set(`lid:${contact.lid}`, { contactId, kind: 'waha_lid', value: contact.lid });
  }
  for (const [contactId, own] of groupBy([...identities.values()], (identity) => identity.contactId)) {
    await tx.$executeRawUnsafe(
      sqlFile('core/ingest/sql/add-identities.sql'),
      tenantId,
      contactId,
      own.map(({ kind }) => kind),
      own.map(({ value }) => value),
    );
  }
}
