import { Prisma, type Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import { faultOf, type CustomFieldRule, type CustomFieldType } from './custom-field-rules';
import { toPage, type Page, type PageRequest } from './page';
import { refuseDuplicates } from './unique';
import { lockConflict } from './versioned';

export interface CustomFieldSettings {
  label: string;
  options: string[];
  /** What contacts have that have no value of their own; null: nothing. */
  defaultValue: Prisma.JsonValue;
  /** A contact that is made through the API has it, and it is never taken away; one with a default always has that. */
  isRequired: boolean;
  /** Set once, a value stays as it is. */
  isFixed: boolean;
}

/** What a tenant keeps with its contacts. Key and type never change. */
export interface CustomField extends CustomFieldSettings {
  id: string;
  key: string;
  type: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

const SELECTED = {
  id: true,
  key: true,
  label: true,
  type: true,
  options: true,
  defaultValue: true,
  isRequired: true,
  isFixed: true,
  version: true,
  createdAt: true,
  updatedAt: true,
} as const;

const MAX_FIELDS = 200;

/** @throws AppError ALREADY_EXISTS, VALIDATION_ERROR (the default), INVARIANT_VIOLATION (there are 200) */
export async function createCustomField(
  tx: Tx,
  tenantId: string,
  field: CustomFieldSettings & { key: string; type: CustomFieldType },
): Promise<CustomField> {
  if ((await tx.customField.count({ where: { tenantId } })) >= MAX_FIELDS)
    throw new AppError('INVARIANT_VIOLATION', `A project has at most ${MAX_FIELDS} custom fields`);
  requireDefault(field);
  return refuseDuplicates(`There is a custom field ${field.key} already`, () =>
    tx.customField.create({ data: { ...toRow(field), id: newId(), tenantId }, select: SELECTED }),
  );
}

/** Newest first. */
export async function listCustomFields(
  tx: Tx,
  tenantId: string,
  { limit, after }: PageRequest,
): Promise<Page<CustomField>> {
  const rows = await tx.customField.findMany({
    where: { tenantId, ...(after?.[0] ? { id: { lt: after[0] } } : {}) },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows, limit, ({ id }) => [id]);
}

/** @throws AppError NOT_FOUND */
export async function getCustomField(tx: Tx, tenantId: string, fieldId: string): Promise<CustomField> {
  const field = await tx.customField.findFirst({ where: { tenantId, id: fieldId }, select: SELECTED });
  if (!field) throw new AppError('NOT_FOUND', 'There is no custom field with this id');
  return field;
}

/**
 * Values that are there already stay, also those that no option has any more.
 *
 * @throws AppError NOT_FOUND, OPTIMISTIC_LOCK_CONFLICT, VALIDATION_ERROR (the default is no value of the field)
 */
export async function updateCustomField(
  tx: Tx,
  tenantId: string,
  { fieldId, version, changes }: { fieldId: string; version: number; changes: Partial<CustomFieldSettings> },
): Promise<CustomField> {
  const before = await getCustomField(tx, tenantId, fieldId);
  if (before.version === version) requireDefault({ ...before, type: before.type as CustomFieldType, ...changes });
  const { count } = await tx.customField.updateMany({
    where: { tenantId, id: fieldId, version },
    data: { ...toRow(changes), version: { increment: 1 }, updatedAt: new Date() },
  });
  const field = await getCustomField(tx, tenantId, fieldId);
  if (count === 0) throw lockConflict('custom field', field.version);
  return field;
}

/** Its values stay with the contacts. @throws AppError NOT_FOUND */
export async function deleteCustomField(tx: Tx, tenantId: string, fieldId: string): Promise<void> {
  const { count } = await tx.customField.deleteMany({ where: { tenantId, id: fieldId } });
  if (count === 0) throw new AppError('NOT_FOUND', 'There is no custom field with this id');
}

/** The fields of a tenant by key, with what a value of theirs must be. */
export async function customFieldsByKey(tx: Tx, tenantId: string): Promise<Map<string, CustomField & CustomFieldRule>> {
  const fields = await tx.customField.findMany({ where: { tenantId }, select: SELECTED });
  return new Map(fields.map((field) => [field.key, { ...field, type: field.type as CustomFieldType }]));
}

/** @throws AppError VALIDATION_ERROR */
function requireDefault({ defaultValue, ...rule }: CustomFieldRule & { defaultValue: Prisma.JsonValue }): void {
  const message = defaultValue === null ? null : faultOf(rule, defaultValue);
  if (message === null) return;
  const field = 'default_value';
  throw new AppError('VALIDATION_ERROR', `${field} ${message}`, { fields: [{ field, message }] });
}

function toRow<T extends Partial<CustomFieldSettings>>({ defaultValue, ...same }: T) {
  return { ...same, ...(defaultValue === undefined ? {} : { defaultValue: defaultValue ?? Prisma.DbNull }) };
}
