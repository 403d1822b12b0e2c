import type { Database, Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import { appendEvents, WORKFLOW_EVENTS } from '../outbox/events';

interface DocumentJob {
  tenantId: string;
  enrichmentId: string;
  provider: string;
  jobId: string;
  /** Of the activity that started it. */
  activityKey: string;
}

/** Notes whose job it is, so that its webhook finds the workflow. A retry of the same activity changes nothing. */
export async function storeDocumentJob(tx: Tx, job: DocumentJob): Promise<void> {
  await tx.documentJob.createMany({ data: [{ id: newId(), ...job }], skipDuplicates: true });
}

/** Under which key the start of a job reserved its cost; null for one that no webhook is told of. */
export async function activityKeyOfJob(
  tx: Tx,
  { tenantId, provider, jobId }: { tenantId: string; provider: string; jobId: string },
): Promise<string | null> {
  const job = await tx.documentJob.findFirst({ where: { tenantId, provider, jobId }, select: { activityKey: true } });
  return job?.activityKey ?? null;
}

/**
 * A provider has told that a job is over: writes the event that wakes its workflow. The second telling changes nothing.
 *
 * @throws AppError NOT_FOUND
 */
export async function finishDocumentJob(
  db: Database,
  { provider, jobId }: { provider: string; jobId: string },
): Promise<'accepted' | 'duplicate'> {
  const job = await db.withSystem((tx) =>
    tx.documentJob.findUnique({ where: { provider_jobId: { provider, jobId } }, select: { id: true, tenantId: true } }),
  );
  if (!job) throw new AppError('NOT_FOUND', 'There is no job with this id');
  const { id, tenantId } = job;
  return db.withTenant(tenantId, async (tx) => {
    const [finished] = await tx.documentJob.updateManyAndReturn({
      where: { tenantId, id, finishedAt: null },
      data: { finishedAt: new Date() },
      select: { enrichmentId: true },
    });
    if (!finished) return 'duplicate';
    const { enrichmentId } = finished;
    const { messageId } = await tx.messageEnrichment.findFirstOrThrow({
      where: { tenantId, id: enrichmentId },
      select: { messageId: true },
    });
    await appendEvents(tx, [
      {
        tenantId,
        aggregateType: 'enrichment',
        aggregateId: enrichmentId,
        eventType: WORKFLOW_EVENTS.documentParsed,
        data: { subjectId: messageId ?? enrichmentId, jobId },
      },
    ]);
    return 'accepted';
  });
}
