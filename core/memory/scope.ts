import type { MemorySource } from './types';

/** Where a leg looks. */
export interface SearchScope {
  tenantId: string;
  contactId: string | null;
  sessionId: string | null;
  sources: readonly MemorySource[];
  excludeMessageIds: readonly string[];
}

/** The first five parameters of every search statement. */
export function scopeParameters(scope: SearchScope): unknown[] {
  return [scope.tenantId, scope.contactId, scope.sessionId, [...scope.sources], [...scope.excludeMessageIds]];
}
