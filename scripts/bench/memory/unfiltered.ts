import { MEMORY_SOURCES } from '../../../core/memory';
import type { SearchScope } from '../../../core/memory/search/scope';

/** Everything of a contact, or of the tenant without one. */
export function unfiltered(tenantId: string, contactId: string | null): SearchScope {
  return {
    tenantId,
    contactId,
    sessionId: null,
    sources: MEMORY_SOURCES,
    excludeMessageIds: [],
    types: null,
    since: null,
    until: null,
    metadata: null,
  };
}
