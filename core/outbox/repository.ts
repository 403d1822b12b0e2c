import { sqlFile, type Database } from '../database';
import type { ErrorCode } from '../errors';
import { newId } from '../ids';

/** A claimed event. `sequence` is a bigint as text. */
export interface ClaimedEvent {
  sequence: string;
  eventId: string;
  tenantId: string;
  aggregateId: string;
  eventType: string;
  data: unknown;
  retryCount: number;
  /** The request it came from. */
  correlationId: string | null;
}

/** Whoever holds it decides alone which events are delivered next. */
export const CLAIM_LOCK = 7_220_002;
/**
 * A relay that died with claimed events is taken over after this time. Above what a full batch takes while Temporal does
 * not answer (5 s a delivery, 20 at a time); one that is slower still is only delivered twice.
 */
const CLAIM_SECONDS = 30;
/** After this many refusals by the receiver an event is `failed` and waits for a person. */
export const MAX_TRIES = 5;

/** Claims the next events, oldest first. Empty when another relay is claiming at this moment. */
export function claimEvents(db: Database, limit: number): Promise<ClaimedEvent[]> {
  return db.withSystem(async (tx) => {
    const [lock] = await tx.$queryRaw<{ taken: boolean }[]>`select pg_try_advisory_xact_lock(${CLAIM_LOCK}) as taken`;
    if (!lock?.taken) return [];
    const events = await tx.$queryRawUnsafe<ClaimedEvent[]>(sqlFile('core/outbox/sql/claim.sql'), limit, CLAIM_SECONDS);
    return events.sort((a, b) => Number(BigInt(a.sequence) - BigInt(b.sequence)));
  });
}

export async function markProcessed(db: Database, sequences: string[]): Promise<void> {
  await db.withSystem((tx) => tx.$executeRawUnsafe(sqlFile('core/outbox/sql/mark-processed.sql'), sequences));
}

/**
 * Gives events back. An unreachable receiver does not count as a failed try: then nothing is ever given up. The last try of
 * an event leaves a dead letter.
 */
export async function putBack(
  db: Database,
  sequences: string[],
  why: { code: ErrorCode; reason: string; delayMs: number; countsAsTry: boolean },
): Promise<void> {
  await db.withSystem((tx) =>
    tx.$executeRawUnsafe(
      sqlFile('core/outbox/sql/put-back.sql'),
      sequences,
      why.reason.slice(0, 500),
      why.delayMs,
      why.countsAsTry,
      MAX_TRIES,
      why.code,
      sequences.map(() => newId()),
    ),
  );
}
