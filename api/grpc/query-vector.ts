import type { QueryVector } from '../../core/memory';
import type { EmbedQuery } from '../deps';
import type { CallContext } from './serve';

/** The share of the time that the embedder may take: the rest is for the database, which answers without a vector too. */
const EMBEDDING_SHARE = 0.6;

/** The vector of a query, or the reason there is none, in time for a search within the call's deadline. */
export function embedWithin(
  { embedQuery }: { embedQuery: EmbedQuery },
  query: string,
  { tenantId, deadline, signal }: CallContext,
): Promise<QueryVector> {
  const timeoutMs = Math.max(1, Math.floor(deadline.remainingMs() * EMBEDDING_SHARE));
  return embedQuery(tenantId, query, { signal, timeoutMs });
}
