import { AppError } from '../errors';
import { hundredths } from '../media/hundredths';
import { keepFile, storeMediaFile } from '../media/media-files';
import type { SpeechSegment } from '../providers/ports';
import type { AttemptContext, EnrichmentDeps } from './deps';
import { refusingEndless } from './endless';
import { completeEnrichment, loadEnrichment, storedParts, type EnrichmentRow, type StoredPart } from './repository';
import type { EnrichmentPart, EnrichmentRef, SoundPieces } from './types';

const FFMPEG_TIMEOUT_MS = 600_000;

/**
 * Looks at how long the sound really is, and cuts it into pieces of at most ten minutes at silences when it is longer,
 * each stored as a medium of its own, so that they are read by id and paid for one by one.
 *
 * @throws AppError MEDIA_CORRUPT (damaged, or ten minutes do not suffice), NOT_FOUND
 */
export async function cutSound(
  deps: EnrichmentDeps,
  { tenantId, enrichmentId }: EnrichmentRef,
  attempt: AttemptContext,
): Promise<SoundPieces> {
  const row = await deps.db.withTenant(tenantId, (tx) => loadEnrichment(tx, tenantId, enrichmentId));
  return cutStoredSound(deps, row, attempt);
}

/** The same for the sound of any stored medium. With `keepsShort` sound that is short after all is one piece. */
export async function cutStoredSound(
  deps: EnrichmentDeps,
  {
    tenantId,
    mediaId: sourceId,
    sha256,
    keepsShort = false,
  }: Pick<EnrichmentRow, 'tenantId' | 'mediaId' | 'sha256'> & { keepsShort?: boolean },
  attempt: AttemptContext,
): Promise<SoundPieces> {
  const pieces: EnrichmentPart[] = [];
  const path = await deps.mediaStore.localPath(tenantId, sha256 ?? '');
  const cutting = deps.ffmpeg.cutSound(path, {
    signal: attempt.signal,
    timeoutMs: FFMPEG_TIMEOUT_MS,
    onProgress: attempt.onProgress,
    keepsShort,
    keep: async ({ bytes, mimeType, startSeconds, lengthSeconds }) => {
      const mediaId = await keepFile(deps.mediaStore, { tenantId, bytes }, (stored) =>
        deps.db.withTenant(tenantId, (tx) => storeMediaFile(tx, tenantId, { ...stored, mimeType, sourceId })),
      );
      const key = `piece-${pieces.length + 1}`;
      pieces.push({ key, mediaId, atSeconds: startSeconds, durationSeconds: lengthSeconds });
    },
  });
  const cut = await refusingEndless(cutting);
  return { durationSeconds: cut?.durationSeconds ?? 0, isTruncated: cut?.isTruncated ?? false, pieces };
}

/**
 * Joins what was heard in the pieces: the text with the time at which each piece begins, the segments with times from the
 * start of the recording. A piece that nobody could read is named in `metadata.degraded`.
 *
 * @throws AppError PROVIDER_UNAVAILABLE when no piece at all was read
 */
export function composeSound(
  deps: EnrichmentDeps,
  { tenantId, enrichmentId, sound, unread }: EnrichmentRef & { sound: SoundPieces; unread: string[] },
): Promise<void> {
  return deps.db.withTenant(tenantId, async (tx) => {
    const row = await loadEnrichment(tx, tenantId, enrichmentId);
    const stored = storedParts(row);
    const read = heardPieces(stored, sound.pieces);
    if (read.length === 0) throw new AppError('PROVIDER_UNAVAILABLE', 'No piece of the recording could be read');
    const distinct = (values: string[]) => [...new Set(values)].join('+');
    await completeEnrichment(tx, tenantId, enrichmentId, {
      text: joinedText(read),
      provider: distinct(read.map(({ provider }) => provider)),
      model: distinct(read.map(({ model }) => model)),
      costMicros: 0,
      metadata: {
        language: read.find(({ heard }) => heard?.language)?.heard?.language ?? null,
        durationSeconds: sound.durationSeconds,
        segments: read.flatMap(segmentsFromStart),
        pieces: sound.pieces.length,
        truncated: sound.isTruncated,
        degraded: unread,
        // Their segments are in the one list now.
        parts: Object.fromEntries(Object.entries(stored).map(([key, { heard: _, ...part }]) => [key, part])),
      },
    });
  });
}

/** The pieces that were read, in order of time. */
export function heardPieces(stored: Record<string, StoredPart>, pieces: EnrichmentPart[]): StoredPart[] {
  return pieces.flatMap(({ key }) => stored[key] ?? []);
}

/** One paragraph a piece, under the minute and second at which it begins. */
export function joinedText(read: StoredPart[]): string {
  return read
    .filter(({ text }) => text.trim() !== '')
    .map(({ atSeconds, text }) => `[${timeMark(atSeconds)}] ${text.trim()}`)
    .join('\n');
}

/** Of a model that gives no times, the piece is one segment. */
function segmentsFromStart({ atSeconds, text, heard }: StoredPart): SpeechSegment[] {
  const segments = heard?.segments ?? [];
  if (segments.length === 0 && text.trim() !== '') {
    return [{ startSeconds: atSeconds, endSeconds: atSeconds + (heard?.durationSeconds ?? 0), text: text.trim() }];
  }
  return segments.map((segment) => ({
    ...segment,
    startSeconds: hundredths(atSeconds + segment.startSeconds),
    endSeconds: hundredths(atSeconds + segment.endSeconds),
  }));
}

function timeMark(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return (parts[0] === 0 ? parts.slice(1) : parts).map((part) => String(part).padStart(2, '0')).join(':');
}
