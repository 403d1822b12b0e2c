import { open } from 'node:fs/promises';
import type { Tx } from '../database';
import { AppError, isAppError } from '../errors';
import { downloadMedia } from '../media/download';
import { keepFile } from '../media/media-files';
import { kindOf, type MediaKind } from '../media/mime';
import { decodeText, identifyMedia } from '../media/sniff';
import { cutText } from '../text';
import { contextOfCaption, DEFAULT_CONTEXT } from './contexts';
import type { AttemptContext, EnrichmentDeps } from './deps';
import {
  attachMedia,
  completeEnrichment,
  endDeferral,
  failEnrichment,
  loadEnrichment,
  reuseEarlierText,
  type EnrichmentRow,
} from './repository';
import {
  isMediaType,
  maxBytesOf,
  mediaTypeOf,
  resolveMediaSettings,
  type MediaOverrides,
  type MediaType,
  type MediaTypeSettings,
} from './media-settings';
import { isFileFault, mayBeLongSound, priorityKey as priorityKeyOf, readingKind } from './rules';
import type { EnrichmentPlan, EnrichmentRef, EnrichmentStep, ReadingKind } from './types';

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
    await endDeferral(tx, row);
    return { ...(await nextStep(deps, tx, row)), mediaKind: mediaKindOf(row.contentType, row.mimeType) };
  });
}

async function nextStep(deps: EnrichmentDeps, tx: Tx, row: EnrichmentRow): Promise<EnrichmentStep> {
  if (row.status === 'completed') return { step: 'settled', hasText: true };
  if (row.status === 'failed') return { step: 'settled', hasText: false };
  if (!row.mediaId) return { step: 'fetch' };
  return orFailed(tx, row, () => planReading(deps, tx, row.tenantId, row, row.mimeType ?? ''));
}

/** What the file is; until that is known, what the channel called it. */
function mediaKindOf(contentType: string, mimeType: string | null): string {
  const kind = mimeType === null ? 'unsupported' : kindOf(mimeType);
  const reading = readAs(kind);
  return reading === null ? contentType : mediaTypeOf(reading, contentType);
}

/** Text is a document that is read here. */
function readAs(kind: MediaKind): ReadingKind | null {
  return kind === 'text' ? 'document' : readingKind(kind);
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
  const { row, headers, maxBytes } = await deps.db.withTenant(tenantId, async (tx) => {
    const found = await loadEnrichment(tx, tenantId, enrichmentId);
    return {
      row: found,
      headers: await downloadHeaders(deps, tx, tenantId, found),
      maxBytes: mostBytes(deps.config.MEDIA_MAX_BYTES, found.contentType, found.mediaLevels),
    };
  });
  const plan = (step: EnrichmentStep, mimeType = row.mimeType): EnrichmentPlan => ({
    ...step,
    mediaKind: mediaKindOf(row.contentType, mimeType),
  });
  if (row.status === 'completed' || row.status === 'failed')
    return plan({ step: 'settled', hasText: row.status === 'completed' });
  try {
    if (!row.mediaUrl) throw new AppError('MEDIA_GONE', 'The channel sent no address for this medium');
    const { bytes, declaredMimeType } = await downloadMedia(
      {
        url: row.mediaUrl,
        headers,
        maxBytes,
        timeoutMs: DOWNLOAD_TIMEOUT_MS,
        signal: attempt.signal,
      },
      deps.guardedFetch,
    );
    const identified = await identifyMedia(bytes, row.declaredMimeType ?? declaredMimeType, row.fileName);
    const step = await keepFile(deps.mediaStore, { tenantId, bytes }, (stored) =>
      deps.db.withTenant(tenantId, async (tx) => {
        const mediaId = await attachMedia(tx, tenantId, enrichmentId, { ...stored, mimeType: identified.mimeType });
        const found = { ...row, mediaId, ...stored };
        return orFailed(tx, found, () => planReading(deps, tx, tenantId, found, identified.mimeType));
      }),
    );
    return plan(step, identified.mimeType);
  } catch (error) {
    if (!isAppError(error) || !isFileFault(error.code)) throw error;
    return plan(await deps.db.withTenant(tenantId, (tx) => settleFailed(tx, { tenantId, enrichmentId }, error)));
  }
}

/** What is wrong with the file itself, or forbidden, ends the enrichment and keeps what was found out until then. */
async function orFailed(tx: Tx, row: EnrichmentRow, plan: () => Promise<EnrichmentStep>): Promise<EnrichmentStep> {
  try {
    return await plan();
  } catch (error) {
    if (!isAppError(error) || !isFileFault(error.code)) throw error;
    return settleFailed(tx, { tenantId: row.tenantId, enrichmentId: row.id }, error);
  }
}

async function settleFailed(
  tx: Tx,
  { tenantId, enrichmentId }: EnrichmentRef,
  { code, message }: AppError,
): Promise<EnrichmentStep> {
  await failEnrichment(tx, tenantId, enrichmentId, { code, message });
  return { step: 'settled', hasText: false };
}

/** Nothing larger than may be read is downloaded. Of what was sent as something unknown only the process' limit is sure. */
function mostBytes(processLimit: number, contentType: string, levels: MediaOverrides[]): number {
  if (!isMediaType(contentType)) return processLimit;
  return Math.min(processLimit, maxBytesOf(resolveMediaSettings(contentType, levels)));
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
): Promise<EnrichmentStep> {
  const kind = kindOf(mimeType);
  if (kind === 'image') row = await inContextOfCaption(tx, row);
  const reading = readAs(kind);
  if (reading === null) {
    throw new AppError('MEDIA_UNSUPPORTED', `Files of type ${mimeType || 'unknown'} are kept but not read`);
  }
  const levels = row.mediaLevels;
  const type = mediaTypeOf(reading, row.contentType);
  const settings = resolveMediaSettings(type, levels);
  const refusal = refusalByRule(type, settings, row.sizeBytes);
  // What was read before may be used even where reading is switched off now.
  const startsElse = refusal === null && kind !== 'text';
  if (await reuseEarlierText(tx, row, { startsElse })) return { step: 'settled', hasText: true };
  if (refusal) throw refusal;
  if (kind === 'text') return readPlainText(deps, tx, tenantId, row);
  const chainOf = (of: MediaType, chain: string[]) => resolveMediaSettings(of, levels).chain ?? chain;
  const { chains } = deps.providers;
  const visionProviders = chainOf(type === 'sticker' ? 'sticker' : 'image', chains.vision);
  const speechProviders = chainOf(type === 'voice' ? 'voice' : 'audio', chains.speech);
  const providers = {
    image: visionProviders,
    speech: speechProviders,
    document: chainOf('document', chains.documents),
    video: [],
  }[reading];
  const priorityKey = priorityKeyOf(settings.priority);
  const mayBeLong = reading === 'speech' && mayBeLongSound(row.sizeBytes ?? 0);
  return { step: 'read', kind: reading, providers, visionProviders, speechProviders, mayBeLong, priorityKey };
}

/** A picture with "segue o comprovante" under it is read as a receipt. What somebody asked for by name stays. */
async function inContextOfCaption(tx: Tx, row: EnrichmentRow): Promise<EnrichmentRow> {
  const context = contextOfCaption(row.caption);
  if (row.messageId === null || row.context !== DEFAULT_CONTEXT || context === DEFAULT_CONTEXT) return row;
  await tx.messageEnrichment.update({
    where: { tenantId_id: { tenantId: row.tenantId, id: row.id } },
    data: { context },
  });
  return { ...row, context };
}

/** MEDIA_SWITCHED_OFF, MEDIA_TOO_LARGE, or null when it may be read. */
function refusalByRule(type: MediaType, settings: MediaTypeSettings, sizeBytes: number | null): AppError | null {
  if (!settings.enabled) {
    return new AppError('MEDIA_SWITCHED_OFF', `Reading ${type} is switched off in the media settings`);
  }
  if ((sizeBytes ?? 0) > maxBytesOf(settings)) {
    return new AppError('MEDIA_TOO_LARGE', `The file is over the limit of ${settings.maxMb} MB for ${type}`);
  }
  return null;
}

async function readPlainText(
  deps: EnrichmentDeps,
  tx: Tx,
  tenantId: string,
  row: EnrichmentRow,
): Promise<EnrichmentStep> {
  const { bytes, isWhole } = await readStart(await deps.mediaStore.localPath(tenantId, row.sha256 ?? ''));
  // In the encoding it was told to be text by. The type is told from the beginning, so what follows may still be none.
  const text = decodeText(bytes, { isCut: !isWhole }) ?? new TextDecoder().decode(bytes);
  await completeEnrichment(tx, tenantId, row.id, {
    text: cutText(text, PLAIN_TEXT_LIMIT),
    provider: 'text',
    model: 'utf-8',
    costMicros: 0,
    metadata: { truncated: !isWhole || text.length > PLAIN_TEXT_LIMIT },
  });
  return { step: 'settled', hasText: true };
}

/** As much of the file as can be kept of its text: a character takes four bytes at most. */
async function readStart(file: string): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.min(size, PLAIN_TEXT_LIMIT * 4));
    await handle.read(bytes, 0, bytes.length, 0);
    return { bytes, isWhole: bytes.length === size };
  } finally {
    await handle.close();
  }
}
