import { activityInfo } from '@temporalio/activity';
import type { EnrichmentDeps } from '../core/enrichment/deps';
import { composeSound, cutSound } from '../core/enrichment/long-sound';
import { fetchMedia, planEnrichment } from '../core/enrichment/plan';
import { endDocumentJob } from '../core/enrichment/end-document-job';
import { parseDocument } from '../core/enrichment/read-document';
import { describeImage } from '../core/enrichment/read-image';
import { transcribe } from '../core/enrichment/read-speech';
import { composeVideo, extractVideo } from '../core/enrichment/read-video';
import { deferEnrichment, failEnrichment } from '../core/enrichment/repository';
import { deferralMs } from '../core/enrichment/rules';
import type { EnrichmentPart, EnrichmentRef, SoundPieces, VideoParts } from '../core/enrichment/types';
import { asActivities, currentAttempt } from './support';

type ProviderAttempt = EnrichmentRef & { provider: string };
type DocumentAttempt = ProviderAttempt & {
  /** A workflow of an older version does not wait. */
  canWait?: boolean;
  /** The job that a workflow has waited for. */
  resumeJobId?: string;
};
type PartAttempt = ProviderAttempt & { part?: EnrichmentPart };
type Failure = EnrichmentRef & { code: string; message: string };

export function createEnrichmentActivities(deps: EnrichmentDeps) {
  const { db, config } = deps;
  return asActivities({
    planEnrichment: (ref: EnrichmentRef) => planEnrichment(deps, ref),
    fetchMedia: (ref: EnrichmentRef) => fetchMedia(deps, ref, currentAttempt()),
    describeImage: (attempt: PartAttempt) => describeImage(deps, attempt, currentAttempt()),
    transcribe: (attempt: PartAttempt) => transcribe(deps, attempt, currentAttempt()),
    /** Null when the document is read; else the job that goes on, for a workflow that can wait for its webhook. */
    parseDocument: (attempt: DocumentAttempt) => {
      const jobId = attempt.resumeJobId ?? startedJobId();
      return parseDocument(deps, { ...attempt, ...(jobId === undefined ? {} : { jobId }) }, currentAttempt());
    },
    cancelDocument: ({ provider, jobId }: { provider: string; jobId: string }) =>
      endDocumentJob(deps, { provider, jobId }),
    cutSound: (ref: EnrichmentRef) => cutSound(deps, ref, currentAttempt()),
    composeSound: (sound: EnrichmentRef & { sound: SoundPieces; unread: string[] }) => composeSound(deps, sound),
    extractVideo: (ref: EnrichmentRef) => extractVideo(deps, ref, currentAttempt()),
    composeVideo: (video: EnrichmentRef & { video: VideoParts; unread: string[] }) => composeVideo(deps, video),
    failEnrichment: async ({ tenantId, enrichmentId, ...failure }: Failure) => {
      await db.withTenant(tenantId, (tx) => failEnrichment(tx, tenantId, enrichmentId, failure));
    },
    /** How long to wait before the chain is tried again; null when it is time to give up. */
    deferEnrichment: async ({ tenantId, enrichmentId, ...of }: Failure & { round: number; waitedMs: number }) => {
      const waitMs = deferralMs(config.ENRICHMENT_DEFERRAL_MS, { ...of, giveUpMs: config.ENRICHMENT_GIVE_UP_MS });
      if (waitMs === null) return null;
      await db.withTenant(tenantId, (tx) => deferEnrichment(tx, tenantId, enrichmentId, { ...of, waitMs }));
      return waitMs;
    },
  });
}

/** The job at the provider that an earlier attempt of this activity told of in its heartbeats. */
function startedJobId(): string | undefined {
  const details: unknown = activityInfo().heartbeatDetails;
  if (typeof details !== 'object' || details === null || !('jobId' in details)) return undefined;
  return typeof details.jobId === 'string' ? details.jobId : undefined;
}

export type EnrichmentActivities = ReturnType<typeof createEnrichmentActivities>;
