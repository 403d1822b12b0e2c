import { isAppError } from '../errors';
import { countMostPdfPages } from '../media/pdf-pages';
import { extractPdfText } from '../media/pdf-text';
import { paidCall, startPaidCall } from '../money/paid-call';
import type { Reservation } from '../money/types';
import { callTarget } from '../providers/policy';
import type { CallOptions, DocumentPage } from '../providers/ports';
import type { AttemptContext, EnrichmentDeps } from './deps';
import { activityKeyOfJob, storeDocumentJob } from './document-jobs';
import { documentWebhook } from './document-webhook';
import { completeEnrichment, isAlreadyRead, loadEnrichment } from './repository';
import { costSubject, requireProvider } from './subject';
import type { EnrichmentRef } from './types';

const PAGE_SEPARATOR = '\n\n';
const DEFAULT_FILE_NAME = 'document.pdf';
const PASSWORD_CHECK_TIMEOUT_MS = 30_000;
/** Of a file whose pages cannot be counted before it is parsed, the provider is asked for no more than these. */
const MOST_UNCOUNTED_PAGES = 1_000;

/** A document that is read at the provider while nobody here holds a place for it. */
export interface StartedJob {
  jobId: string;
  /** How long to wait for its webhook before the job is asked for. */
  waitMs: number;
}

interface DocumentAttempt extends EnrichmentRef {
  provider: string;
  /** Whether the caller can wait for a webhook and come back with the job. */
  canWait?: boolean;
  /** The job to come back with. */
  resumeJobId?: string;
  /** That job, or the one that an earlier try of this attempt started. */
  jobId?: string;
}

/**
 * One attempt to turn a document into text with one provider. A job that was started before is resumed. Where the provider
 * tells the end of a job by webhook and the caller can wait for it, the job is only started.
 *
 * @returns null when the document is read, else the job
 * @throws AppError of the provider (see core/providers/classify.ts), DOCUMENT_ENCRYPTED, MEDIA_CORRUPT
 */
export async function parseDocument(
  deps: EnrichmentDeps,
  { tenantId, enrichmentId, provider, canWait = false, resumeJobId, jobId }: DocumentAttempt,
  attempt: AttemptContext,
): Promise<StartedJob | null> {
  const documents = requireProvider(deps.providers.documents, provider);
  const { row, startedBy } = await deps.db.withTenant(tenantId, async (tx) => ({
    row: await loadEnrichment(tx, tenantId, enrichmentId),
    startedBy: resumeJobId
      ? await activityKeyOfJob(tx, { tenantId, provider: documents.name, jobId: resumeJobId })
      : null,
  }));
  // A job that runs is paid for whoever has given it up meanwhile: its text is taken.
  if (jobId === undefined ? isAlreadyRead(row) : row.status === 'completed') return null;
  const file = await deps.mediaStore.read(tenantId, row.sha256 ?? '');
  // A job that runs was looked at before it began.
  if (jobId === undefined) await refuseProtected(file, attempt.signal);
  const counted = await countMostPdfPages(file, attempt.signal);
  const reservation: Reservation = {
    tenantId,
    // What its start reserved is settled here.
    activityKey: startedBy ?? attempt.activityKey,
    provider: documents.name,
    model: documents.model,
    operation: 'document',
    subject: costSubject(row),
    resumes: jobId !== undefined,
    upperBound: { pages: counted ?? MOST_UNCOUNTED_PAGES },
  };
  const input = {
    file,
    mimeType: row.mimeType ?? 'application/pdf',
    fileName: row.fileName ?? DEFAULT_FILE_NAME,
    ...(counted === null ? { maxPages: MOST_UNCOUNTED_PAGES } : {}),
  };
  const target = callTarget(documents, 'documents');
  const run = <T>(call: (options: CallOptions) => Promise<T>) => deps.callPolicy.run(target, attempt.signal, call);

  const webhook = canWait ? documentWebhook(deps.config) : null;
  if (webhook && documents.start) {
    const { start } = documents;
    const started =
      jobId ??
      (await startPaidCall(deps, reservation, () => run((options) => start(input, { ...options, webhook })))).jobId;
    attempt.onProgress({ jobId: started });
    const { activityKey } = attempt;
    await deps.db.withTenant(tenantId, (tx) =>
      storeDocumentJob(tx, { tenantId, enrichmentId, provider: documents.name, jobId: started, activityKey }),
    );
    return { jobId: started, waitMs: deps.config.DOCUMENT_WEBHOOK_WAIT_MS };
  }

  await paidCall(deps, reservation, {
    call: () =>
      run((options) =>
        documents.parse(input, {
          ...options,
          onProgress: attempt.onProgress,
          ...(jobId === undefined ? {} : { resumeJobId: jobId }),
        }),
      ),
    store: (tx, { pages, failedPages, model }, costMicros) =>
      completeEnrichment(tx, tenantId, enrichmentId, {
        text: pages.map(({ text }) => text).join(PAGE_SEPARATOR),
        provider: documents.name,
        model,
        costMicros,
        metadata: { pages: pages.length + failedPages.length, failedPages, pageStarts: pageStarts(pages) },
      }),
  });
  return null;
}

/** Where each page begins in the stored text, in UTF-16 units: a part of it can name its page. */
function pageStarts(pages: readonly DocumentPage[]): { page: number; start: number }[] {
  let start = 0;
  return pages.map(({ page, text }) => {
    const here = { page, start };
    start += text.length + PAGE_SEPARATOR.length;
    return here;
  });
}

/**
 * No provider knows the customer's password, so none is paid to find out. A PDF may say `/Encrypt` and still open without
 * one, hence the look inside.
 */
async function refuseProtected(file: Buffer, signal: AbortSignal): Promise<void> {
  if (!file.includes('/Encrypt')) return;
  try {
    await extractPdfText(file, { signal, timeoutMs: PASSWORD_CHECK_TIMEOUT_MS });
  } catch (error) {
    // Whatever else our own reader stumbles over, a provider may do better.
    if (!isAppError(error) || error.code === 'DOCUMENT_ENCRYPTED') throw error;
  }
}
