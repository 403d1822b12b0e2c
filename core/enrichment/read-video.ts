import { AppError } from '../errors';
import { keepFile, storeMediaFile } from '../media/media-files';
import type { AttemptContext, EnrichmentDeps } from './deps';
import { refusingEndless } from './endless';
import { cutStoredSound, heardPieces, joinedText } from './long-sound';
import { completeEnrichment, loadEnrichment, storedParts } from './repository';
import type { EnrichmentPart, EnrichmentRef, VideoParts } from './types';

const FFMPEG_TIMEOUT_MS = 600_000;
/** Enough to follow a short clip; each frame is a paid call. */
const FRAMES_PER_VIDEO = 4;

/** Cuts a video into frames and sound and stores each as a medium of its own, so that they are read by id. */
export async function extractVideo(
  deps: EnrichmentDeps,
  { tenantId, enrichmentId }: EnrichmentRef,
  attempt: AttemptContext,
): Promise<VideoParts> {
  const row = await deps.db.withTenant(tenantId, (tx) => loadEnrichment(tx, tenantId, enrichmentId));
  const path = await deps.mediaStore.localPath(tenantId, row.sha256 ?? '');
  const extraction = deps.ffmpeg.extractVideo(path, {
    maxFrames: FRAMES_PER_VIDEO,
    signal: attempt.signal,
    timeoutMs: FFMPEG_TIMEOUT_MS,
    onProgress: attempt.onProgress,
  });
  const video = await refusingEndless(extraction);
  // Long is what the container says: the sound in it may end long before.
  const long = video.isSoundLong ? await cutStoredSound(deps, { ...row, keepsShort: true }, attempt) : null;
  const files = [
    ...video.frames.map((frame, index) => ({ ...frame, key: `frame-${index + 1}`, mimeType: 'image/jpeg' })),
    ...(video.audio ? [{ ...video.audio, key: 'sound', atSeconds: 0 }] : []),
  ];
  const parts: EnrichmentPart[] = [];
  for (const { key, atSeconds, bytes, mimeType } of files) {
    const mediaId = await keepFile(deps.mediaStore, { tenantId, bytes }, (stored) =>
      deps.db.withTenant(tenantId, (tx) =>
        storeMediaFile(tx, tenantId, { ...stored, mimeType, sourceId: row.mediaId }),
      ),
    );
    parts.push({ key, atSeconds, mediaId });
  }
  return {
    durationSeconds: video.durationSeconds,
    frames: parts.filter(({ key }) => key !== 'sound'),
    sound: parts.find(({ key }) => key === 'sound') ?? null,
    pieces: long?.pieces ?? [],
  };
}

/**
 * Joins what was read of a video into one text: what is said, then what is seen. A part that nobody could read is named
 * in `metadata.degraded`.
 *
 * @throws AppError PROVIDER_UNAVAILABLE when no part at all was read
 */
export function composeVideo(
  deps: EnrichmentDeps,
  { tenantId, enrichmentId, video, unread }: EnrichmentRef & { video: VideoParts; unread: string[] },
): Promise<void> {
  return deps.db.withTenant(tenantId, async (tx) => {
    const row = await loadEnrichment(tx, tenantId, enrichmentId);
    const stored = storedParts(row);
    const sound = stored['sound'];
    const pieces = heardPieces(stored, video.pieces ?? []);
    const frames = video.frames.flatMap(({ key }) => stored[key] ?? []);
    const read = [...(sound ? [sound] : []), ...pieces, ...frames];
    if (read.length === 0)
      throw new AppError('PROVIDER_UNAVAILABLE', 'Neither a frame nor the sound of the video could be read');
    const lines = [
      ...(sound?.text.trim() ? [`Fala: ${sound.text.trim()}`] : []),
      ...(pieces.length > 0 ? [`Fala:\n${joinedText(pieces)}`] : []),
      ...frames.map((frame) => `Imagem aos ${Math.round(frame.atSeconds)} s: ${frame.text.trim()}`),
    ];
    const hasSound = video.sound !== null || (video.pieces ?? []).length > 0;
    await completeEnrichment(tx, tenantId, enrichmentId, {
      text: lines.join('\n'),
      provider: [...new Set(read.map(({ provider }) => provider))].join('+'),
      model: [...new Set(read.map(({ model }) => model))].join('+'),
      costMicros: 0,
      metadata: { durationSeconds: video.durationSeconds, hasSound, degraded: unread },
    });
  });
}
