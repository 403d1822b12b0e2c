import type { MemorySource } from '../types';

/** Where a leg looks. */
export interface SearchScope {
  tenantId: string;
  contactId: string | null;
  sessionId: string | null;
  sources: readonly MemorySource[];
  excludeMessageIds: readonly string[];
  /** Content types of messages and documents, fact types of facts; null for all. */
  types: readonly string[] | null;
  /** From this moment on, and before that one. */
  since: Date | null;
  until: Date | null;
  /** Keys and values that a document's metadata must hold. */
  metadata: Record<string, unknown> | null;
}

/** The first nine parameters of every search statement. */
export function scopeParameters(scope: SearchScope): unknown[] {
  return [
    scope.tenantId,
    scope.contactId,
    scope.sessionId,
    [...scope.sources],
    [...scope.excludeMessageIds],
    scope.types === null ? null : [...scope.types],
    scope.since,
    scope.until,
    scope.metadata === null ? null : JSON.stringify(scope.metadata),
  ];
}
