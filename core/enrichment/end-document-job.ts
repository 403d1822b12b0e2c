import { isAppError } from '../errors';
import type { Hold } from '../money/ledger';
import { callTarget } from '../providers/policy';
import type { EnrichmentDeps } from './deps';
import { requireProvider } from './subject';

export type EndJobDeps = Pick<EnrichmentDeps, 'db' | 'ledger' | 'providers' | 'callPolicy'>;

const CANCEL_TIMEOUT_MS = 10_000;

/**
 * Ends a job that nobody waits for any more, so that nobody pays for it, and what its start reserved: given back when it was
 * stopped in time, spent when it was over already, uncertain when the provider does not say. Does its best: a provider that is
 * down is not asked again.
 */
export async function endDocumentJob(deps: EndJobDeps, of: { provider: string; jobId: string }): Promise<void> {
  const { db, ledger } = deps;
  const job = await db.withSystem((tx) =>
    tx.documentJob.findUnique({ where: { provider_jobId: of }, select: { id: true, tenantId: true } }),
  );
  if (!job) return void (await billedPagesOf(deps, of));
  const { tenantId, id } = job;
  const { activityKey } = await db.withTenant(tenantId, (tx) =>
    tx.documentJob.findFirstOrThrow({ where: { tenantId, id }, select: { activityKey: true } }),
  );
  const hold = await ledger.openHold(db, { tenantId, activityKey });
  // Paid for: its result was taken, and only its webhook never came.
  if (hold) await settle(deps, hold, { ...of, billedPages: await billedPagesOf(deps, of) });
  await db.withTenant(tenantId, (tx) =>
    tx.documentJob.updateMany({ where: { tenantId, id, finishedAt: null }, data: { finishedAt: new Date() } }),
  );
}

/** Those of an enrichment that has ended without them. */
export async function endDocumentJobs(
  deps: EndJobDeps,
  { tenantId, enrichmentId }: { tenantId: string; enrichmentId: string },
): Promise<void> {
  const jobs = await deps.db.withTenant(tenantId, (tx) =>
    tx.documentJob.findMany({
      where: { tenantId, enrichmentId, finishedAt: null },
      select: { provider: true, jobId: true },
    }),
  );
  for (const job of jobs) await endDocumentJob(deps, job);
}

/** Null when nobody knows. */
async function billedPagesOf(
  { providers, callPolicy }: EndJobDeps,
  { provider, jobId }: { provider: string; jobId: string },
): Promise<number | null> {
  try {
    const documents = requireProvider(providers.documents, provider);
    const { cancel } = documents;
    if (!cancel) return null;
    const target = { ...callTarget(documents, 'documents'), timeoutMs: CANCEL_TIMEOUT_MS };
    return await callPolicy.run(target, new AbortController().signal, async (options) => {
      const { billedPages } = await cancel(jobId, options);
      return billedPages;
    });
  } catch (error) {
    // At worst the job runs to its end and is paid for: what was reserved for it counts until an invoice says more.
    if (isAppError(error)) return null;
    throw error;
  }
}

async function settle(
  { db, ledger }: EndJobDeps,
  hold: Hold,
  { jobId, billedPages }: { jobId: string; billedPages: number | null },
): Promise<void> {
  if (billedPages === null) await ledger.markUncertain(db, hold);
  else if (billedPages === 0) await ledger.release(db, hold);
  else await ledger.settle(db, hold, { model: hold.model, usage: { pages: billedPages }, requestIds: [jobId] });
}
