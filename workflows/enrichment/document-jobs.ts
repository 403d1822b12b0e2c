import { CancellationScope, condition, isCancellation, setHandler } from '@temporalio/workflow';
import type { EnrichmentActivities } from '../../activities/enrichment';
import { documentParsed } from './messages';

type Document = { tenantId: string; enrichmentId: string; provider: string };
type DocumentActivities = Pick<EnrichmentActivities, 'parseDocument' | 'cancelDocument'>;

/**
 * Reads documents whose parser may take minutes: no activity and no place of the bulkhead is held meanwhile. The webhook that
 * tells of the end is waited for up to a bound; after it the job is asked for, so one that is lost costs time and nothing else.
 */
export function documentJobs() {
  const finished = new Set<string>();
  // It may come before the activity that started the job has returned.
  setHandler(documentParsed, ({ jobId }) => void finished.add(jobId));
  return {
    async parse(document: Document, { parseDocument, cancelDocument }: DocumentActivities): Promise<void> {
      const job = await parseDocument({ ...document, canWait: true });
      // Read at once; also what older versions answer.
      if (!job) return;
      const { provider } = document;
      try {
        await condition(() => finished.has(job.jobId), job.waitMs);
      } catch (error) {
        // Nobody would read what it costs.
        if (isCancellation(error)) {
          await CancellationScope.nonCancellable(() => cancelDocument({ provider, jobId: job.jobId }));
        }
        throw error;
      }
      await parseDocument({ ...document, resumeJobId: job.jobId });
    },
  };
}

export type DocumentJobs = ReturnType<typeof documentJobs>;
