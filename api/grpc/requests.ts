import { z } from 'zod';
import { AppError } from '../../core/errors';
import { EMBEDDING_CONTENT_TYPES, FACT_TYPES, MEMORY_SOURCES, type SearchStrategy } from '../../core/memory';
import { refuseUnstorableText } from '../unstorable-text';
import { SearchStrategy as WireStrategy } from './generated/ventros/memory/v1/memory';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const id = z.string().regex(UUID, 'must be a UUID');
/** proto3 has no null: an empty string is an id that was not given. */
const optionalId = z
  .string()
  .refine((value) => value === '' || UUID.test(value), 'must be a UUID or empty')
  .transform((value) => value || null);

const sources = z
  .string()
  .transform((list) => list.split(',').map((item) => item.trim()))
  .pipe(z.array(z.enum(MEMORY_SOURCES)));

export const searchMemoryRequest = z.object({
  query: z.string(),
  contact_id: optionalId,
  session_id: optionalId,
  top_k: z.number(),
  filters: z.strictObject({ source: sources.optional() }),
});

export const storeEmbeddingRequest = z.object({
  contact_id: optionalId,
  session_id: optionalId,
  message_id: optionalId,
  content_type: z.enum(EMBEDDING_CONTENT_TYPES),
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
});

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

/** @throws AppError PRECONDITION_FAILED for the graph, VALIDATION_ERROR for a number this version does not know. */
export function readStrategy(strategy: WireStrategy): SearchStrategy {
  switch (strategy) {
    case WireStrategy.SEARCH_STRATEGY_UNSPECIFIED:
    case WireStrategy.SEARCH_STRATEGY_HYBRID:
      return 'hybrid';
    case WireStrategy.SEARCH_STRATEGY_VECTOR_ONLY:
      return 'vector_only';
    case WireStrategy.SEARCH_STRATEGY_KEYWORD_ONLY:
      return 'keyword_only';
    case WireStrategy.SEARCH_STRATEGY_GRAPH_ONLY:
      throw new AppError(
        'PRECONDITION_FAILED',
        'There is no graph to search yet; use HYBRID, VECTOR_ONLY or KEYWORD_ONLY',
      );
    default: {
      const message = 'is not a known strategy';
      throw new AppError('VALIDATION_ERROR', `strategy ${message}`, { fields: [{ field: 'strategy', message }] });
    }
  }
}
