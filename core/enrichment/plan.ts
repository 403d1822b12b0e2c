import type { Tx } from '../database';
import { AppError, isAppError } from '../errors';
import { downloadMedia } from '../media/download';
import { kindOf } from '../media/mime';
import { identifyMedia } from '../media/sniff';
import { cutText } from '../text';
import type { AttemptContext, EnrichmentDeps } from './deps';
import {
  attachMedia,
  completeEnrichment,
  failEnrichment,
  loadEnrichment,
  markProcessing,
  reuseEarlierText,
  type EnrichmentRow,
} from './repository';
import { isFileFault, readingKind } from './rules';
import type { EnrichmentPlan, EnrichmentRef } from './types';

const DOWNLOAD_TIMEOUT_MS = 60_000;
/** More text than this adds cost to every later prompt and nothing to the answer. */
const PLAIN_TEXT_LIMIT = 100_000;

/** Looks at the enrichment and says what comes next: fetch its media, read it, or nothing because it is settled. */
export function planEnrichment(
  deps: EnrichmentDeps,
  { tenantId, enrichmentId }: EnrichmentRef,
): Promise<EnrichmentPlan> {
  return deps.db.withTenant(tenantId, async (tx) => {
    const row = await loadEnrichment(tx, tenantId, enrichmentId);
    if (row.status === 'completed') return { step: 'settled', hasText: true };
    if (row.status === 'failed') return { step: 'settled', hasText: false };
    if (!row.mediaId) return { step: 'fetch' };
    return planReading(deps, tx, tenantId, row, row.mimeType ?? '');
  });
}

/**
 * Downloads the media, verifies its type from its content, stores it by hash, and plans the reading.
 * What is wrong with the file itself is written down as a failed enrichment and not thrown.
 *
 * @throws AppError MEDIA_UNREACHABLE (transient)
 */
export async function fetchMedia(
  deps: EnrichmentDeps,
  { tenantId, enrichmentId }: EnrichmentRef,
  attempt: AttemptContext,
): Promise<EnrichmentPlan> {
  const { row, headers } = await deps.db.withTenant(tenantId, async (tx) => {
    const found = await loadEnrichment(tx, tenantId, enrichmentId);
    return { row: found, headers: await downloadHeaders(deps, tx, tenantId, found) };
  });
  if (row.status === 'completed' || row.status === 'failed')
    return { step: 'settled', hasText: row.status === 'completed' };
  try {
    if (!row.mediaUrl) throw new AppError('MEDIA_GONE', 'The channel sent no address for this medium');
    const { bytes, declaredMimeType } = await downloadMedia(
      {
        url: row.mediaUrl,
        headers,
        maxBytes: deps.config.MEDIA_MAX_BYTES,
        timeoutMs: DOWNLOAD_TIMEOUT_MS,
        signal: attempt.signal,
      },
      deps.guardedFetch,
    );
    const identified = await identifyMedia(bytes, row.declaredMimeType ?? declaredMimeType, row.fileName);
    const stored = await deps.mediaStore.put(tenantId, bytes);
    return await deps.db.withTenant(tenantId, async (tx) => {
      const mediaId = await attachMedia(tx, tenantId, enrichmentId, { ...stored, mimeType: identified.mimeType });
      return planReading(deps, tx, tenantId, { ...row, mediaId, sha256: stored.sha256 }, identified.mimeType);
    });
  } catch (error) {
    if (!isAppError(error) || !isFileFault(error.code)) throw error;
    const failure = { code: error.code, message: error.message };
    await deps.db.withTenant(tenantId, (tx) => failEnrichment(tx, tenantId, enrichmentId, failure));
    return { step: 'settled', hasText: false };
  }
}

/** The channel's own key goes to the channel's own host and nowhere else. */
async function downloadHeaders(
  deps: EnrichmentDeps,
  tx: Tx,
  tenantId: string,
  row: EnrichmentRow,
): Promise<Record<string, string>> {
  if (!row.channelId || !row.mediaUrl || !URL.canParse(row.mediaUrl)) return {};
  const channel = await tx.channel.findUnique({ where: { tenantId_id: { tenantId, id: row.channelId } } });
  if (!channel || new URL(channel.baseUrl).origin !== new URL(row.mediaUrl).origin) return {};
  return { 'x-api-key': deps.secretBox.open(channel.apiKeyEncrypted) };
}

async function planReading(
  deps: EnrichmentDeps,
  tx: Tx,
  tenantId: string,
  row: EnrichmentRow,
  mimeType: string,
): Promise<EnrichmentPlan> {
  if (await reuseEarlierText(tx, tenantId, row)) return { step: 'settled', hasText: true };
  const kind = kindOf(mimeType);
  const reading = readingKind(kind);
  if (kind === 'text') return readPlainText(deps, tx, tenantId, row);
  if (reading === null) {
    const message = `Files of type ${mimeType || 'unknown'} are kept but not read`;
    await failEnrichment(tx, tenantId, row.id, { code: 'MEDIA_UNSUPPORTED', message });
    return { step: 'settled', hasText: false };
  }
  await markProcessing(tx, tenantId, row.id);
  const { chains } = deps.providers;
  const providers = { image: chains.vision, speech: chains.speech, document: chains.documents, video: [] }[reading];
  return { step: 'read', kind: reading, providers, visionProviders: chains.vision, speechProviders: chains.speech };
}

async function readPlainText(
  deps: EnrichmentDeps,
  tx: Tx,
  tenantId: string,
  row: EnrichmentRow,
): Promise<EnrichmentPlan> {
  const bytes = await deps.mediaStore.read(tenantId, row.sha256 ?? '');
  const text = new TextDecoder().decode(bytes);
  await completeEnrichment(tx, tenantId, row.id, {
    text: cutText(text, PLAIN_TEXT_LIMIT),
    provider: 'text',
    model: 'utf-8',
    costMicros: 0,
    metadata: { truncated: text.length > PLAIN_TEXT_LIMIT },
  });
  return { step: 'settled', hasText: true };
}
