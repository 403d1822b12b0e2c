import { isDeepStrictEqual } from 'node:util';
import type { Tx } from '../database';
import { AppError } from '../errors';
import { addContactEvent } from './contact-events';
import { faultOf } from './custom-field-rules';
import { customFieldsByKey } from './custom-fields';

type Values = Readonly<Record<string, unknown>>;

export interface ValueChange {
  key: string;
  /** Undefined when it is taken away. */
  value: unknown;
}

/**
 * What changes from one set of values to another, checked against the fields of the tenant. Keys that nobody defined are
 * free.
 *
 * @param before null for a contact that is new
 * @throws AppError VALIDATION_ERROR naming the fields, INVARIANT_VIOLATION (a fixed value, or a required one taken away)
 */
export async function checkedChanges(
  tx: Tx,
  tenantId: string,
  { before, after }: { before: Values | null; after: Values },
): Promise<ValueChange[]> {
  const known = await customFieldsByKey(tx, tenantId);
  const keys = new Set([...Object.keys(before ?? {}), ...Object.keys(after)]);
  const changes = [...keys]
    .filter((key) => !isDeepStrictEqual(before?.[key], after[key]))
    .map((key) => ({ key, value: after[key] }));
  const faults: { key: string; message: string }[] = [];
  for (const { key, value } of changes) {
    const field = known.get(key);
    if (!field) continue;
    if (field.isFixed && !isNone(before?.[key]))
      throw new AppError('INVARIANT_VIOLATION', `${key} is fixed: set once, it stays`);
    if (field.isRequired && field.defaultValue === null && isNone(value))
      throw new AppError('INVARIANT_VIOLATION', `${key} is required: it can be changed, not taken away`);
    const message = isNone(value) ? null : faultOf(field, value);
    if (message !== null) faults.push({ key, message });
  }
  if (before === null) {
    for (const { key, isRequired, defaultValue } of known.values())
      if (isRequired && defaultValue === null && isNone(after[key])) faults.push({ key, message: 'is required' });
  }
  const [first] = faults;
  if (first) {
    const fields = faults.map(({ key, message }) => ({ field: `custom_fields.${key}`, message }));
    throw new AppError('VALIDATION_ERROR', `custom_fields.${first.key} ${first.message}`, { fields });
  }
  return changes;
}

/** Null, too, is no value. */
function isNone(value: unknown): boolean {
  return value === undefined || value === null;
}

/** One line of the timeline for each value. What it is stays with the contact: a line is read by more people. */
export async function tellChanges(
  tx: Tx,
  tenantId: string,
  { contactId, changes }: { contactId: string; changes: readonly ValueChange[] },
): Promise<void> {
  for (const { key, value } of changes) {
    await addContactEvent(tx, tenantId, {
      contactId,
      category: 'custom_field',
      eventType: isNone(value) ? 'custom_field_cleared' : 'custom_field_set',
      title: key,
      payload: { key },
      source: 'system',
    });
  }
}
