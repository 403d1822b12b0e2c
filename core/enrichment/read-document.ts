import { isAppError } from '../errors';
import { mostPdfPages } from '../media/pdf-pages';
import { extractPdfText } from '../media/pdf-text';
import { paidCall } from '../money/paid-call';
import { callTarget } from '../providers/policy';
import type { AttemptContext, EnrichmentDeps } from './deps';
import { completeEnrichment, isAlreadyRead, loadEnrichment } from './repository';
import { costSubject, requireProvider } from './subject';
import type { EnrichmentRef } from './types';

const DEFAULT_FILE_NAME = 'document.pdf';
const PASSWORD_CHECK_TIMEOUT_MS = 30_000;
/** Of a file whose pages cannot be counted before it is parsed, the provider is asked for no more than these. */
const MOST_UNCOUNTED_PAGES = 1_000;

/**
 * One attempt to turn a document into text with one provider. A job that an earlier attempt started is resumed.
 *
 * @throws AppError of the provider (see core/providers/classify.ts), DOCUMENT_ENCRYPTED, MEDIA_CORRUPT
 */
export async function parseDocument(
  deps: EnrichmentDeps,
  { tenantId, enrichmentId, provider, resumeJobId }: EnrichmentRef & { provider: string; resumeJobId?: string },
  attempt: AttemptContext,
): Promise<void> {
  const documents = requireProvider(deps.providers.documents, provider);
  const row = await deps.db.withTenant(tenantId, (tx) => loadEnrichment(tx, tenantId, enrichmentId));
  if (isAlreadyRead(row)) return;
  const file = await deps.mediaStore.read(tenantId, row.sha256 ?? '');
  await refuseProtected(file, attempt.signal);
  const counted = mostPdfPages(file);
  await paidCall(
    deps,
    {
      tenantId,
      activityKey: attempt.activityKey,
      provider: documents.name,
      model: documents.model,
      operation: 'document',
      subject: costSubject(row),
      resumes: resumeJobId !== undefined,
      upperBound: { pages: counted ?? MOST_UNCOUNTED_PAGES },
    },
    {
      call: () =>
        deps.callPolicy.run(callTarget(documents, 'documents'), attempt.signal, (options) =>
          documents.parse(
            {
              file,
              mimeType: row.mimeType ?? 'application/pdf',
              fileName: row.fileName ?? DEFAULT_FILE_NAME,
              ...(counted === null ? { maxPages: MOST_UNCOUNTED_PAGES } : {}),
            },
            { ...options, onProgress: attempt.onProgress, resumeJobId },
          ),
        ),
      store: (tx, { pages, failedPages, model }, costMicros) =>
        completeEnrichment(tx, tenantId, enrichmentId, {
          text: pages.map(({ text }) => text).join('\n\n'),
          provider: documents.name,
          model,
          costMicros,
          metadata: { pages: pages.length + failedPages.length, failedPages },
        }),
    },
  );
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
