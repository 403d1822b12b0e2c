import { sqlFile, type Tx } from '../../database';

export interface TenantSize {
  documents: number;
  /** Words of a document. */
  averageLength: number;
  sessions: number;
  /** Counted up to `COUNTED_VECTORS`. */
  vectors: number;
}

export const COUNTED_VECTORS = 10_001;
/** Counting reads every row of the tenant. A minute's messages move none of the figures by what a ranking would notice. */
const KNOWN_FOR_MS = 60_000;
/** Up to here counting is as quick as anything else, and a new document would be noticed. */
const COUNTED_ANEW_UP_TO = 1_000;
const MAX_KNOWN = 10_000;

const known = new Map<string, { size: TenantSize; untilMs: number }>();

/** How much a tenant remembers; of one with more than 1,000 documents as it was within the last minute. */
export async function tenantSize(tx: Tx, tenantId: string): Promise<TenantSize> {
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
