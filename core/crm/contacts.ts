import { silenceContact } from '../conversation/handler';
import { sqlFile, type Prisma, type Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import { appendEvents } from '../outbox/events';
import { checkedChanges, tellChanges, type ValueChange } from './custom-field-values';
import { toPage, type Page, type PageRequest } from './page';
import { normalizePhone } from './phone';
import { refuseDuplicates } from './unique';
import { lockConflict } from './versioned';

export interface ContactFields {
  name: string;
  email: string | null;
  phone: string | null;
  externalId: string | null;
  sourceChannel: string | null;
  language: string;
  timezone: string | null;
  tags: string[];
  customFields: Prisma.InputJsonObject;
  profilePictureUrl: string | null;
}

export interface Contact extends Omit<ContactFields, 'customFields'> {
  id: string;
  customFields: Prisma.JsonValue;
  firstInteractionAt: Date | null;
  lastInteractionAt: Date | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

const DUPLICATE = 'Another contact has this phone, e-mail or external id';

/** @throws AppError ALREADY_EXISTS, VALIDATION_ERROR (phone, custom fields) */
export async function createContact(
  tx: Tx,
  tenantId: string,
  fields: Pick<ContactFields, 'name'> & Partial<ContactFields>,
): Promise<Contact> {
  const values = await checkedChanges(tx, tenantId, { before: null, after: valuesOf(fields.customFields) });
  const contact = await refuseDuplicates(DUPLICATE, () =>
    tx.contact.create({
      data: { ...normalize(fields), name: fields.name, id: newId(), tenantId },
      select: { id: true },
    }),
  );
  await contactEvent(tx, { tenantId, contactId: contact.id, eventType: 'contact.created', data: {} });
  await tellChanges(tx, tenantId, { contactId: contact.id, changes: values });
  return getContact(tx, tenantId, contact.id);
}

/** @throws AppError NOT_FOUND, also for a deleted contact. */
export async function getContact(tx: Tx, tenantId: string, contactId: string): Promise<Contact> {
  const [contact] = await tx.$queryRawUnsafe<Contact[]>(
    `${sqlFile('core/crm/sql/shown_contacts.sql')} and c.id = $2::uuid`,
    tenantId,
    contactId,
  );
  if (!contact) throw notFound();
  return contact;
}

/** Newest first. `search` matches words of name and e-mail without accents, a part of the name, or digits of the phone. */
export async function listContacts(
  tx: Tx,
  tenantId: string,
  {
    limit,
    after,
    search,
    tag,
    statusId,
    phone,
    email,
    externalId,
  }: PageRequest & {
    search?: string | undefined;
    tag?: string | undefined;
    statusId?: string | undefined;
    /** In any form that `normalizePhone` reads. */
    phone?: string | undefined;
    email?: string | undefined;
    externalId?: string | undefined;
  },
): Promise<Page<Contact>> {
  const rows = await tx.$queryRawUnsafe<Contact[]>(
    `${sqlFile('core/crm/sql/shown_contacts.sql')} ${sqlFile('core/crm/sql/list_contacts.sql')}`,
    tenantId,
    after?.[0] ?? null,
    search ?? null,
    search?.replace(/\D/g, '') || null,
    tag ?? null,
    limit + 1,
    statusId ?? null,
    phone === undefined ? null : normalizePhone(phone),
    email?.trim().toLowerCase() ?? null,
    externalId ?? null,
  );
  return toPage(rows, limit, (row) => [row.id]);
}

/**
 * Changes the given fields. With `version`, only if nobody changed the contact since that version was read.
 *
 * @throws AppError NOT_FOUND, OPTIMISTIC_LOCK_CONFLICT, ALREADY_EXISTS, VALIDATION_ERROR (phone, custom fields),
 * INVARIANT_VIOLATION (a custom field that is fixed or required)
 */
export async function updateContact(
  tx: Tx,
  tenantId: string,
  { contactId, version, changes }: { contactId: string; version?: number; changes: Partial<ContactFields> },
): Promise<Contact> {
  const values = changes.customFields
    ? await checkedChanges(tx, tenantId, {
        before: await lockedValues(tx, tenantId, contactId),
        after: valuesOf(changes.customFields),
      })
    : [];
  return writeChanges(tx, tenantId, { contactId, version, changes, values });
}

async function writeChanges(
  tx: Tx,
  tenantId: string,
  {
    contactId,
    version,
    changes,
    values,
  }: { contactId: string; version?: number | undefined; changes: Partial<ContactFields>; values: ValueChange[] },
): Promise<Contact> {
  const { count } = await refuseDuplicates(DUPLICATE, () =>
    tx.contact.updateMany({
      where: { tenantId, id: contactId, deletedAt: null, ...(version === undefined ? {} : { version }) },
      data: { ...normalize(changes), version: { increment: 1 }, updatedAt: new Date() },
    }),
  );
  const contact = await getContact(tx, tenantId, contactId);
  if (count === 0) throw lockConflict('contact', contact.version);
  await contactEvent(tx, {
    tenantId,
    contactId,
    eventType: 'contact.updated',
    data: { fields: Object.keys(changes) },
  });
  await tellChanges(tx, tenantId, { contactId, changes: values });
  return contact;
}

/**
 * Sets one value of a field that the tenant has, or with undefined takes it away; the others stay.
 *
 * @throws AppError NOT_FOUND (contact or field), VALIDATION_ERROR, INVARIANT_VIOLATION (fixed or required)
 */
export async function setCustomField(
  tx: Tx,
  tenantId: string,
  { contactId, key, value }: { contactId: string; key: string; value: unknown },
): Promise<Contact> {
  const before = await lockedValues(tx, tenantId, contactId);
  if ((await tx.customField.count({ where: { tenantId, key } })) === 0)
    throw new AppError('NOT_FOUND', `There is no custom field ${key}`);
  const { [key]: _old, ...others } = before;
  const after = { ...others, ...(value === undefined ? {} : { [key]: value }) };
  const values = await checkedChanges(tx, tenantId, { before, after });
  const changes = { customFields: after as Prisma.InputJsonObject };
  return writeChanges(tx, tenantId, { contactId, changes, values });
}

/** Its own, without defaults. Nobody else changes them before this transaction ends. @throws AppError NOT_FOUND */
async function lockedValues(tx: Tx, tenantId: string, contactId: string): Promise<Record<string, unknown>> {
  const [contact] = await tx.$queryRawUnsafe<{ customFields: unknown }[]>(
    sqlFile('core/crm/sql/lock_custom_fields.sql'),
    tenantId,
    contactId,
  );
  if (!contact) throw notFound();
  return valuesOf(contact.customFields);
}

function notFound(): AppError {
  return new AppError('NOT_FOUND', 'There is no contact with this id');
}

function valuesOf(customFields: unknown): Record<string, unknown> {
  return (customFields ?? {}) as Record<string, unknown>;
}

/**
 * Soft: messages and facts stay, lists and look-ups no longer show it, and no agent writes to it any more.
 *
 * @throws AppError NOT_FOUND
 */
export async function deleteContact(tx: Tx, tenantId: string, contactId: string): Promise<void> {
  // Before the contact is locked: tools of a turn lock its conversation first as well.
  await silenceContact(tx, tenantId, contactId);
  const now = new Date();
  const { count } = await tx.contact.updateMany({
    where: { tenantId, id: contactId, deletedAt: null },
    data: { deletedAt: now, updatedAt: now, version: { increment: 1 } },
  });
  if (count === 0) throw notFound();
  // A channel that hears from this number again must find a new contact and not the deleted one.
  await tx.contactIdentity.deleteMany({ where: { tenantId, contactId } });
  await contactEvent(tx, { tenantId, contactId, eventType: 'contact.deleted', data: {} });
}

export interface ContactStats {
  messagesReceived: number;
  messagesSent: number;
  sessions: number;
  activeSessions: number;
  facts: number;
  enrichments: number;
  costMicros: number;
  firstMessageAt: Date | null;
  lastMessageAt: Date | null;
}

/** @throws AppError NOT_FOUND */
export async function contactStats(tx: Tx, tenantId: string, contactId: string): Promise<ContactStats> {
  await getContact(tx, tenantId, contactId);
  const [stats] = await tx.$queryRawUnsafe<ContactStats[]>(
    sqlFile('core/crm/sql/contact_stats.sql'),
    tenantId,
    contactId,
  );
  if (!stats) throw new AppError('INTERNAL_ERROR', 'The statistics of a contact came back empty');
  return stats;
}

export interface ContactTotals {
  total: number;
  createdLast7Days: number;
  createdLast30Days: number;
  withActiveSession: number;
}

export async function contactTotals(tx: Tx, tenantId: string): Promise<ContactTotals> {
  const [totals] = await tx.$queryRawUnsafe<ContactTotals[]>(sqlFile('core/crm/sql/contact_totals.sql'), tenantId);
  if (!totals) throw new AppError('INTERNAL_ERROR', 'The totals of contacts came back empty');
  return totals;
}

function normalize(fields: Partial<ContactFields>): Partial<ContactFields> {
  return {
    ...fields,
    ...(fields.email ? { email: fields.email.trim().toLowerCase() } : {}),
    ...(fields.phone ? { phone: normalizePhone(fields.phone) } : {}),
    ...(fields.tags ? { tags: [...new Set(fields.tags)] } : {}),
  };
}

function contactEvent(
  tx: Tx,
  event: { tenantId: string; contactId: string; eventType: string; data: Prisma.InputJsonObject },
): Promise<void> {
  const { tenantId, contactId, eventType, data } = event;
  return appendEvents(tx, [
    { tenantId, aggregateType: 'contact', aggregateId: contactId, eventType, data: { contactId, ...data } },
  ]);
}
