import { PREPARED, sqlFile } from '../../database';
import { MEMORY_SOURCES, type MemorySource } from '../types';

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

/** Neither within a contact nor within a session. */
export function isWide({ contactId, sessionId }: SearchScope): boolean {
  return contactId === null && sessionId === null;
}

/** Whether only some of the documents may be found, whoever they are of. */
export function isFiltered({ sources, types, since, until, metadata }: SearchScope): boolean {
  const isOfSome = MEMORY_SOURCES.some((source) => !sources.includes(source));
  return isOfSome || types !== null || since !== null || until !== null || metadata !== null;
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

/** `and ($2::uuid is null or d.contact_id = $2::uuid)`, one a line. */
const OPTIONAL_FILTER = /\(\$(\d+)::([a-z]+(?:\[\])?) is null or (.+)\)$/gm;
const statements = new Map<string, string>();

/**
 * A search statement for the filters that are set, one text each, planned once a connection: a plan that serves both a contact
 * and a whole tenant cannot look the contact up. A filter that is not set stays as the check that it is not.
 */
export function scopedStatement(name: string, parameters: readonly unknown[]): string {
  const isSet = (no: string) => parameters[Number(no) - 1] !== null;
  const key = `${name} ${parameters.map((value) => (value === null ? '-' : '+')).join('')}`;
  let text = statements.get(key);
  if (text === undefined) {
    const narrowed = sqlFile(`core/memory/search/sql/${name}.sql`).replace(
      OPTIONAL_FILTER,
      (_, no: string, type: string, filter: string) => (isSet(no) ? `(${filter})` : `$${no}::${type} is null`),
    );
    text = `${PREPARED}${narrowed}`;
    statements.set(key, text);
  }
  return text;
}
