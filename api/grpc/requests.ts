import { z } from 'zod';
import { DEFAULT_SIMILAR, MOST_SIMILAR } from '../../core/crm/similar-contacts';
import { AppError } from '../../core/errors';
import { CONTEXT_LIMITS, EMBEDDING_CONTENT_TYPES, FACT_TYPES, LEGS, MEMORY_SOURCES } from '../../core/memory';
import { MAX_FACT_MESSAGES } from '../../core/memory/import/imports';
import { DEFAULT_IMPORT_SETTINGS } from '../../core/memory/import/types';
import { refuseUnstorableText } from '../unstorable-text';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const id = z.string().regex(UUID, 'must be a UUID');
/** proto3 has no null: an empty string is an id that was not given. */
export const optionalId = z
  .string()
  .refine((value) => value === '' || UUID.test(value), 'must be a UUID or empty')
  .transform((value) => value || null);

const list = z.string().transform((text) => text.split(',').map((item) => item.trim()));
const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const pastMoment = () => z.date().refine((value) => value <= new Date(), 'must not lie in the future');

const METADATA_PREFIX = 'metadata.';
const searchFilters = z
  .record(z.string(), z.string())
  .transform((given) => {
    const entries = Object.entries(given);
    const isMetadata = ([key]: [string, string]) => key.startsWith(METADATA_PREFIX);
    const metadata = entries.filter(isMetadata).map(([key, value]) => [key.slice(METADATA_PREFIX.length), value]);
    return {
      ...Object.fromEntries(entries.filter((entry) => !isMetadata(entry))),
      ...(metadata.length > 0 ? { metadata: Object.fromEntries(metadata) } : {}),
    };
  })
  .pipe(
    z.strictObject({
      source: list.pipe(z.array(z.enum(MEMORY_SOURCES)).min(1)).optional(),
      type: list.optional(),
      since: moment.optional(),
      until: moment.optional(),
      metadata: z.record(z.string(), z.string()).optional(),
    }),
  );

export const searchMemoryRequest = z.object({
  query: z.string(),
  contact_id: optionalId,
  session_id: optionalId,
  top_k: z.number(),
  filters: searchFilters,
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  weights: z.partialRecord(z.enum(LEGS), z.number()),
});

export type SearchFilters = z.output<typeof searchFilters>;

export const storeEmbeddingRequest = z.object({
  contact_id: optionalId,
  session_id: optionalId,
  message_id: optionalId,
  // Passages of the knowledge base come with their document only.
  content_type: z.enum(EMBEDDING_CONTENT_TYPES).exclude(['knowledge']),
  content_text: z.string(),
  embedding: z.array(z.number()),
  metadata: z.record(z.string(), z.string()),
});

export const extractFactsRequest = z.object({
  message_id: id,
  message_content: z.string().transform((value) => value || null),
});

export const getContactFactsRequest = z.object({
  contact_id: id,
  fact_types: z.array(z.enum(FACT_TYPES)),
  as_of: pastMoment().optional(),
});

const most = (part: keyof typeof CONTEXT_LIMITS) => z.int().min(0).max(CONTEXT_LIMITS[part]).optional();

export const getContactContextRequest = z.object({
  contact_id: id,
  query: z.string().transform((value) => value.trim() || null),
  max_facts: most('facts'),
  max_messages: most('messages'),
  max_sessions: most('sessions'),
  max_memories: most('memories'),
});

export const findSimilarContactsRequest = z.object({
  contact_id: id,
  limit: z.int().min(1).max(MOST_SIMILAR).default(DEFAULT_SIMILAR),
});

export const importOptions = z.object({
  gap_minutes: z
    .int()
    .min(0)
    .max(1440)
    .transform((value) => value || DEFAULT_IMPORT_SETTINGS.gapMinutes),
  fact_messages: z.int().min(0).max(MAX_FACT_MESSAGES),
});

export const getImportRequest = z.object({ import_id: id });

const reason = z
  .string()
  .max(500)
  .transform((value) => value.trim() || null);

export const addFactRequest = z.object({
  contact_id: id,
  fact_type: z.enum(FACT_TYPES),
  fact_text: z.string().trim().min(1).max(1_000),
  subject: z.string().trim().max(80),
  valid_from: z.date().optional(),
  valid_to: z.date().optional(),
  reason,
});

export const invalidateFactRequest = z.object({ fact_id: id, reason });

/** They travel in HTTP/2 headers, of which clients take 8 kB: a vector of 768 wrong numbers is one mistake. */
const MAX_PROBLEMS = 10;

/**
 * Checks a request whose fields were named as on the wire.
 *
 * @throws AppError VALIDATION_ERROR with the first wrong fields.
 */
export function readRequest<Schema extends z.ZodType>(
  schema: Schema,
  fields: Record<string, unknown>,
): z.output<Schema> {
  refuseUnstorableText(fields, 'request');
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, MAX_PROBLEMS).map((issue) => ({
    field: issue.path.map(String).join('.'),
    message: issue.message,
  }));
  throw new AppError('VALIDATION_ERROR', problems.map(({ field, message }) => `${field}: ${message}`).join('; '), {
    fields: problems,
  });
}
