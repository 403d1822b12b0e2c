import { AppError } from '../../core/errors';

/** A JSON object as google.protobuf.Struct carries it: without what JSON has no word for. */
export function struct(value: unknown): Record<string, unknown> {
  const plain: unknown = JSON.parse(JSON.stringify(value ?? {}));
  return typeof plain === 'object' && plain !== null && !Array.isArray(plain) ? { ...plain } : {};
}

/** proto3 has no null: an empty text was not given. */
export function given(text: string): string | undefined {
  return text === '' ? undefined : text;
}

/** An enum as ts-proto makes it: by name and by number. */
type WireEnum<Wire extends number> = Readonly<Record<string, string | Wire>> & { readonly UNRECOGNIZED: Wire };

/** The number of a value of ours, where both sides have the same names: `pending` is APPROVAL_STATUS_PENDING. */
export function wireNumber<Wire extends number>(numbers: WireEnum<Wire>, prefix: string, value: string): Wire {
  const wire = numbers[`${prefix}_${value.toUpperCase()}`];
  return typeof wire === 'number' ? wire : numbers.UNRECOGNIZED;
}

/** The values of ours by their numbers, for `readEnum`, where both sides have the same names. */
export function byWireNumber<T extends string, Wire extends number>(
  numbers: WireEnum<Wire>,
  prefix: string,
  values: readonly T[],
): Readonly<Record<number, T>> {
  const entries = values.map((value) => [wireNumber(numbers, prefix, value), value] as const);
  return Object.fromEntries(entries.filter(([wire]) => wire !== numbers.UNRECOGNIZED));
}

/**
 * The value of ours that a number of an enum stands for.
 *
 * @throws AppError VALIDATION_ERROR for a number this version does not know
 */
export function readEnum<T>(field: string, wire: number, values: Readonly<Record<number, T>>): T {
  const value = values[wire];
  if (value !== undefined) return value;
  const message = 'is not known';
  throw new AppError('VALIDATION_ERROR', `${field} ${message}`, { fields: [{ field, message }] });
}
