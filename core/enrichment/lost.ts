import { sqlFile, type Database } from '../database';
import { errorMessage } from '../errors';
import type { Logger } from '../logging/logger';
import { pause } from '../pause';
import { failEnrichment } from './repository';

/** What Temporal says of a workflow: none of its runs is known (not begun yet, or past the retention), or the last has ended. */
export type WorkflowPresence = 'running' | 'ended' | 'absent';

interface UnderWay {
  createdAt: Date;
  startedAt: Date | null;
}

const INTERVAL_MS = 60_000;
const ROWS_AT_ONCE = 100;
/** Before every id. */
const START = '00000000-0000-0000-0000-000000000000';
const MESSAGE = 'Its workflow was terminated or removed before it ended; a retry starts it again';

/**
 * Whether an enrichment that is under way by its row has no workflow that could end it. One that never began may only be late:
 * its start waits in the outbox or before a busy worker, so that counts after `patienceMs`.
 */
export function isLost(
  { createdAt, startedAt }: UnderWay,
  { presence, patienceMs }: { presence: WorkflowPresence; patienceMs: number },
): boolean {
  switch (presence) {
    case 'running':
      return false;
    case 'ended':
      return true;
    case 'absent':
      return startedAt !== null || Date.now() - createdAt.getTime() > patienceMs;
  }
}

export interface LostDeps {
  db: Database;
  logger: Logger;
  /** Of the workflow that reads the medium of a message, or the file that was posted without one. */
  presenceOf: (of: { tenantId: string; subjectId: string }) => Promise<WorkflowPresence>;
  /** After which one that never began counts as lost. */
  patienceMs: number;
  /** Of its document at a provider, which nobody waits for any more. */
  endJobs: (of: { tenantId: string; enrichmentId: string }) => Promise<void>;
}

interface Candidate extends UnderWay {
  id: string;
  tenantId: string;
  subjectId: string;
}

/**
 * Fails those of the next hundred enrichments under way that have lost their workflow, with ENRICHMENT_LOST: a workflow that is
 * terminated has no last word. What it started at a provider is stopped.
 *
 * @returns after which id to go on, undefined at the end, and how many were lost
 * @throws AppError WORKFLOWS_UNAVAILABLE
 */
export async function failLostEnrichments(
  { db, presenceOf, patienceMs, endJobs }: LostDeps,
  after = START,
): Promise<{ next: string | undefined; lost: number }> {
  const candidates = await db.withSystem((tx) =>
    tx.$queryRawUnsafe<Candidate[]>(sqlFile('core/enrichment/sql/under-way.sql'), after, ROWS_AT_ONCE),
  );
  let lost = 0;
  for (const candidate of candidates) {
    const presence = await presenceOf(candidate);
    if (!isLost(candidate, { presence, patienceMs }) || !(await failLost(db, candidate))) continue;
    lost += 1;
    await endJobs({ tenantId: candidate.tenantId, enrichmentId: candidate.id });
  }
  return { next: candidates.length === ROWS_AT_ONCE ? candidates.at(-1)?.id : undefined, lost };
}

/** Not one whose start, or whose retry, is still to be delivered. */
function failLost(db: Database, { tenantId, id }: Candidate): Promise<boolean> {
  return db.withTenant(tenantId, async (tx) => {
    const underDelivery = await tx.outboxEvent.count({
      where: { aggregateId: id, status: { in: ['pending', 'processing'] } },
    });
    if (underDelivery > 0) return false;
    return failEnrichment(tx, tenantId, id, { code: 'ENRICHMENT_LOST', message: MESSAGE });
  });
}

/** Looks every minute, until `signal` aborts. A round that fails is left to the next. */
export async function runLostEnrichments(deps: LostDeps, signal: AbortSignal): Promise<void> {
  const { logger } = deps;
  let after: string | undefined;
  while (!signal.aborted) {
    try {
      const { next, lost } = await failLostEnrichments(deps, after);
      after = next;
      if (lost > 0) logger.warn({ lost }, 'enrichments whose workflow is gone have failed; a retry starts them again');
    } catch (error) {
      logger.warn({ reason: errorMessage(error) }, 'enrichments without a workflow could not be looked for');
    }
    await pause(INTERVAL_MS, signal, { ref: false });
  }
}
