import { sqlFile, type Tx } from '../../database';
import { isFiltered, scopedStatement, scopeParameters, type SearchScope } from './scope';

export interface TenantSize {
  documents: number;
  /** Words of a document. */
  averageLength: number;
  sessions: number;
  /** Counted up to `COUNTED_VECTORS`. */
  vectors: number;
}

/** What a search of a whole tenant must know of it. */
export interface WholeTenant extends TenantSize {
  /** Whether its filters leave so few documents that these are read, whatever they say. */
  isForFew: boolean;
}

export const COUNTED_VECTORS = 10_001;
/** Counting reads every row of the tenant. A minute's messages move none of the figures by what a ranking would notice. */
const KNOWN_FOR_MS = 60_000;
/** Up to here counting is as quick as anything else, and a new document would be noticed. */
const COUNTED_ANEW_UP_TO = 1_000;
const MAX_KNOWN = 10_000;

const known = new Map<string, { size: TenantSize; untilMs: number }>();

/** Reading so many takes as long as looking the words up in a large tenant, and their own words tell which of them are rare. */
const FEW = 5_000;

export async function wholeTenant(tx: Tx, scope: SearchScope): Promise<WholeTenant> {
  const size = await tenantSize(tx, scope.tenantId);
  const isForFew = isFiltered(scope) && (size.documents <= FEW || (await askedFor(tx, scope)) <= FEW);
  return { ...size, isForFew };
}

/** How many documents the filters leave, counted up to one more than few. */
async function askedFor(tx: Tx, scope: SearchScope): Promise<number> {
  const parameters = scopeParameters(scope);
  const [row] = await tx.$queryRawUnsafe<{ documents: number }[]>(
    scopedStatement('asked_for', parameters),
    ...parameters,
    FEW + 1,
  );
  return row?.documents ?? 0;
}

/** How much a tenant remembers; of one with more than 1,000 documents as it was within the last minute. */
async function tenantSize(tx: Tx, tenantId: string): Promise<TenantSize> {
  const entry = known.get(tenantId);
  if (entry && entry.untilMs > performance.now()) return entry.size;
  const [row] = await tx.$queryRawUnsafe<TenantSize[]>(
    sqlFile('core/memory/search/sql/tenant_size.sql'),
    tenantId,
    COUNTED_VECTORS,
  );
  const size = row ?? { documents: 0, averageLength: 1, sessions: 0, vectors: 0 };
  known.delete(tenantId);
  if (size.documents > COUNTED_ANEW_UP_TO) {
    known.set(tenantId, { size, untilMs: performance.now() + KNOWN_FOR_MS });
    const [oldest] = known.keys();
    if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  }
  return size;
}
