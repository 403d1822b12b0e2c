import { AppError, type FieldError } from '../core/errors';

/** Postgres stores neither NUL nor half a surrogate pair: such text would fail deep inside as an error of ours. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;
const IN_VALUE = 'has a NUL character or half a surrogate pair';
const IN_NAME = 'has a field whose name has a NUL character or half a surrogate pair';
/** Answers, and gRPC's headers even more, are small; the rest is the same mistake. */
const MAX_FIELDS = 10;

/**
 * Refuses input with text that cannot be stored, whatever its shape.
 *
 * @throws AppError VALIDATION_ERROR naming the fields.
 */
export function refuseUnstorableText(input: unknown, root: string): void {
  const fields: FieldError[] = [];
  // Not recursive: a body of brackets alone is deeper than the stack.
  const rest: { value: unknown; path: string }[] = [{ value: input, path: '' }];
  for (let next = rest.pop(); next && fields.length < MAX_FIELDS; next = rest.pop()) {
    const { value, path } = next;
    if (typeof value === 'string' && UNSTORABLE.test(value)) fields.push({ field: path || root, message: IN_VALUE });
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, inner] of Object.entries(value)) {
      if (UNSTORABLE.test(name)) fields.push({ field: path || root, message: IN_NAME });
      else rest.push({ value: inner, path: path ? `${path}.${name}` : name });
    }
  }
  if (fields.length === 0) return;
  throw new AppError('VALIDATION_ERROR', fields.map(({ field, message }) => `${field} ${message}`).join('; '), {
    fields,
  });
}
