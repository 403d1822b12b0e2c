import { extendZodWithOpenApi } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';

// Once, before any schema is made: it adds `.openapi()` to every schema of the API.
extendZodWithOpenApi(z);

export { z };

/** Any id in the form of a UUID: those of the system agents are of no RFC version. */
export const uuid = () => z.guid().openapi({ format: 'uuid' });
export const timestamp = () => z.iso.datetime({ offset: true });
/** The bytes of a file. */
export const binary = () => z.string().openapi({ format: 'binary' });
/** An object whose fields are not ours to say. */
export const jsonObject = () =>
  z.record(z.string(), z.unknown()).openapi({ type: 'object', additionalProperties: true });
/** A path parameter that is an id. One that is not an id at all answers 404 as an unknown id does. */
export const idParams = z.object({ id: uuid() });

/** A page of a list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    data: z.array(item),
    next_cursor: z
      .string()
      .nullable()
      .openapi({ description: 'Pass it as `cursor` for the next page; null at the end' }),
  });
}

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;

/** Strict: a filter that a list does not have would answer everything, as if everything had matched it. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
  cursor: z.string().max(1000).optional(),
});

/** `true` or `false` in a query string. */
export const queryFlag = () => z.enum(['true', 'false']).transform((value) => value === 'true');
