import { sqlFile, type Prisma, type Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import { appendEvents } from '../outbox/events';
import { getContact, type Contact } from './contacts';
import { filterSql, type FilterRule } from './list-filter';
import { toPage, type Page, type PageRequest } from './page';
import type { JsonObject } from './types';
import { refuseDuplicates } from './unique';
import { lockConflict } from './versioned';

export interface ListFields {
  name: string;
  description: string | null;
  operator: 'AND' | 'OR';
  isStatic: boolean;
  rules: FilterRule[];
}

export interface ContactList extends Omit<ListFields, 'rules' | 'operator'> {
  id: string;
  operator: string;
  rules: Prisma.JsonValue;
  contactCount: number;
  lastCalculatedAt: Date | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

const SELECTED = {
  id: true,
  name: true,
  description: true,
  operator: true,
  isStatic: true,
  rules: true,
  contactCount: true,
  lastCalculatedAt: true,
  version: true,
  createdAt: true,
  updatedAt: true,
} as const;

const DUPLICATE = 'Another list has this name';

/** @throws AppError ALREADY_EXISTS, VALIDATION_ERROR (a rule), INVARIANT_VIOLATION (rules on a static list) */
export async function createList(
  tx: Tx,
  tenantId: string,
  { rules = [], ...fields }: Pick<ListFields, 'name'> & Partial<ListFields>,
): Promise<ContactList> {
  requireRules(fields.isStatic ?? false, rules);
  const { id } = await refuseDuplicates(DUPLICATE, () =>
    tx.contactList.create({ data: { ...fields, rules: toJson(rules), id: newId(), tenantId }, select: { id: true } }),
  );
  await listEvent(tx, { tenantId, listId: id, eventType: 'contact_list.created', data: {} });
  return recalculateList(tx, tenantId, id);
}

/** Newest first. */
export async function listLists(tx: Tx, tenantId: string, { limit, after }: PageRequest): Promise<Page<ContactList>> {
  const rows = await tx.contactList.findMany({
    where: { tenantId, deletedAt: null, ...(after?.[0] ? { id: { lt: after[0] } } : {}) },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows, limit, ({ id }) => [id]);
}

/** @throws AppError NOT_FOUND */
export async function getList(tx: Tx, tenantId: string, listId: string): Promise<ContactList> {
  const list = await tx.contactList.findFirst({ where: { tenantId, id: listId, deletedAt: null }, select: SELECTED });
  if (!list) throw new AppError('NOT_FOUND', 'There is no list with this id');
  return list;
}

/** @throws AppError NOT_FOUND, OPTIMISTIC_LOCK_CONFLICT, ALREADY_EXISTS, VALIDATION_ERROR, INVARIANT_VIOLATION */
export async function updateList(
  tx: Tx,
  tenantId: string,
  {
    listId,
    version,
    changes: { rules, ...changes },
  }: { listId: string; version: number; changes: Partial<Omit<ListFields, 'isStatic'>> },
): Promise<ContactList> {
  const before = await getList(tx, tenantId, listId);
  if (rules) requireRules(before.isStatic, rules);
  const { count } = await refuseDuplicates(DUPLICATE, () =>
    tx.contactList.updateMany({
      where: { tenantId, id: listId, deletedAt: null, version },
      data: {
        ...changes,
        ...(rules ? { rules: toJson(rules) } : {}),
        version: { increment: 1 },
        updatedAt: new Date(),
      },
    }),
  );
  if (count === 0) throw lockConflict('list', before.version);
  const fields = [...Object.keys(changes), ...(rules ? ['rules'] : [])];
  await listEvent(tx, { tenantId, listId, eventType: 'contact_list.updated', data: { fields } });
  return recalculateList(tx, tenantId, listId);
}

/** @throws AppError NOT_FOUND */
export async function deleteList(tx: Tx, tenantId: string, listId: string): Promise<void> {
  await getList(tx, tenantId, listId);
  const now = new Date();
  await tx.contactList.updateMany({
    where: { tenantId, id: listId },
    data: { deletedAt: now, updatedAt: now, version: { increment: 1 } },
  });
  await listEvent(tx, { tenantId, listId, eventType: 'contact_list.deleted', data: {} });
}

/** Who is on the list now, newest contact first. @throws AppError NOT_FOUND */
export async function listContactsOf(
  tx: Tx,
  tenantId: string,
  { listId, limit, after }: PageRequest & { listId: string },
): Promise<Page<Contact>> {
  const list = await getList(tx, tenantId, listId);
  const { condition, parameters } = membersSql(list, 4);
  const rows = await tx.$queryRawUnsafe<Contact[]>(
    `${sqlFile('core/crm/sql/shown_contacts.sql')} and ($2::uuid is null or c.id < $2::uuid) and (${condition})
      order by c.id desc limit $3::int`,
    tenantId,
    after?.[0] ?? null,
    limit + 1,
    ...parameters,
  );
  return toPage(rows, limit, ({ id }) => [id]);
}

/** Counts who is on the list now and keeps the number. @throws AppError NOT_FOUND */
export async function recalculateList(tx: Tx, tenantId: string, listId: string): Promise<ContactList> {
  const list = await getList(tx, tenantId, listId);
  const { condition, parameters } = membersSql(list, 2);
  const [row] = await tx.$queryRawUnsafe<{ count: number }[]>(
    `${sqlFile('core/crm/sql/count_list_members.sql')} and (${condition})`,
    tenantId,
    ...parameters,
  );
  const contactCount = row?.count ?? 0;
  await tx.contactList.updateMany({
    where: { tenantId, id: listId },
    data: { contactCount, lastCalculatedAt: new Date() },
  });
  if (contactCount !== list.contactCount)
    await listEvent(tx, { tenantId, listId, eventType: 'contact_list.recalculated', data: { contactCount } });
  return getList(tx, tenantId, listId);
}

/**
 * Puts a contact on a static list, or takes it off; doing so twice changes nothing.
 *
 * @throws AppError NOT_FOUND (list, contact), INVARIANT_VIOLATION (the list is made by rules)
 */
export async function changeMembership(
  tx: Tx,
  tenantId: string,
  { listId, contactId, isMember }: { listId: string; contactId: string; isMember: boolean },
): Promise<ContactList> {
  const list = await getList(tx, tenantId, listId);
  await getContact(tx, tenantId, contactId);
  if (!list.isStatic)
    throw new AppError('INVARIANT_VIOLATION', 'This list is made by its rules; change the rules or use a static list');
  const data = [{ tenantId, listId, contactId }];
  const { count } = isMember
    ? await tx.contactListMember.createMany({ data, skipDuplicates: true })
    : await tx.contactListMember.deleteMany({ where: { tenantId, listId, contactId } });
  if (count > 0) {
    const eventType = isMember ? 'contact_list.contact_added' : 'contact_list.contact_removed';
    await listEvent(tx, { tenantId, listId, eventType, data: { contactId } });
  }
  return recalculateList(tx, tenantId, listId);
}

function membersSql(list: ContactList, firstParameter: number): { condition: string; parameters: unknown[] } {
  if (!list.isStatic)
    return filterSql(list.rules as unknown as FilterRule[], list.operator as 'AND' | 'OR', firstParameter);
  return {
    condition: `exists (select 1 from contact_list_members m
      where m.tenant_id = c.tenant_id and m.contact_id = c.id and m.list_id = $${firstParameter}::uuid)`,
    parameters: [list.id],
  };
}

/** A rule that cannot be understood is refused when it is written, not when somebody reads the list. */
function requireRules(isStatic: boolean, rules: FilterRule[]): void {
  if (isStatic && rules.length > 0)
    throw new AppError('INVARIANT_VIOLATION', 'A static list holds whom one puts into it and has no rules');
  filterSql(rules, 'AND', 1);
}

function toJson(rules: FilterRule[]): Prisma.InputJsonArray {
  return rules.map((rule) => ({ ...rule }));
}

function listEvent(
  tx: Tx,
  { tenantId, listId, eventType, data }: { tenantId: string; listId: string; eventType: string; data: JsonObject },
): Promise<void> {
  return appendEvents(tx, [
    { tenantId, aggregateType: 'contact_list', aggregateId: listId, eventType, data: { listId, ...data } },
  ]);
}
