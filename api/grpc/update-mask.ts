import { AppError } from '../../core/errors';

/**
 * The values of the fields that a change names.
 *
 * @param values of every field that may be named, by its name on the wire
 * @throws AppError VALIDATION_ERROR for an empty mask or a field that is not there
 */
export function maskedFields(
  mask: readonly string[] | undefined,
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const paths = [...new Set(mask ?? [])];
  const isKnown = paths.every((path) => Object.hasOwn(values, path));
  if (paths.length === 0 || !isKnown) {
    const message = `must name fields to change, of ${Object.keys(values).join(', ')}`;
    throw new AppError('VALIDATION_ERROR', `update_mask ${message}`, { fields: [{ field: 'update_mask', message }] });
  }
  return Object.fromEntries(paths.map((path) => [path, values[path]]));
}
