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
    const isTaken = value === undefined || value === null;
    if (field.isFixed && before?.[key] !== undefined)
      throw new AppError('INVARIANT_VIOLATION', `${key} is fixed: set once, it stays`);
    if (field.isRequired && isTaken)
      throw new AppError('INVARIANT_VIOLATION', `${key} is required: it can be changed, not taken away`);
    const message = isTaken ? null : faultOf(field, value);
    if (message !== null) faults.push({ key, message });
  }
  if (before === null) {
    for (const { key, isRequired } of known.values())
      if (isRequired && (after[key] ?? null) === null) faults.push({ key, message: 'is required' });
  }
  const [first] = faults;
  if (first) {
    const fields = faults.map(({ key, message }) => ({ field: `custom_fields.${key}`, message }));
    throw new AppError('VALIDATION_ERROR', `custom_fields.${first.key} ${first.message}`, { fields });
  }
  return changes;
}

/** One line of the timeline for each value. What it is stays with the contact: a line is read by more people. */
export async function tellChanges(
  tx: Tx,
  tenantId: string,
  { contactId, changes }: { contactId: string; changes: readonly ValueChange[] },
): Promise<void> {
  for (const { key, value } of changes) {
    const isCleared = value === undefined || value === null;
    await addContactEvent(tx, tenantId, {
      contactId,
      category: 'custom_field',
      eventType: isCleared ? 'custom_field_cleared' : 'custom_field_set',
      title: key,
      payload: { key },
      source: 'system',
    });
  }
}
