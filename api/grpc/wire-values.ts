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
