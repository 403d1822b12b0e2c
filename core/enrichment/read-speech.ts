import { AppError, isAppError } from '../errors';
import type { SpeechAudio } from '../media/ffmpeg';
import { paidCall } from '../money/paid-call';
import { callTarget } from '../providers/policy';
import type { AttemptContext, EnrichmentDeps } from './deps';
import { completeEnrichment, isAlreadyRead, loadEnrichment, storePart } from './repository';
import { costSubject, requireProvider } from './subject';
import type { EnrichmentPart, EnrichmentRef } from './types';

/** Formats that speech providers do not take are converted first; most pass through untouched. */
const CONVERSION_TIMEOUT_MS = 60_000;

/** A third of Opus at 6 kbit/s, the thinnest speech WhatsApp makes: even with silences this many bytes are one second. */
const LEAST_BYTES_PER_SECOND = 250;
/** Headers are exact to the hundredth, providers may bill the second that has begun. */
const ROUNDING_SECONDS = 1;

/**
 * One attempt to transcribe a voice note, an audio file, the sound of a video, or a piece of long sound with one provider.
 *
 * @throws AppError of the provider (see core/providers/classify.ts), MEDIA_CORRUPT
 */
export async function transcribe(
  deps: EnrichmentDeps,
  { tenantId, enrichmentId, provider, part }: EnrichmentRef & { provider: string; part?: EnrichmentPart },
  attempt: AttemptContext,
): Promise<void> {
  const speech = requireProvider(deps.providers.speech, provider);
  const { row, file } = await deps.db.withTenant(tenantId, async (tx) => {
    const found = await loadEnrichment(tx, tenantId, enrichmentId);
    const mediaId = part?.mediaId ?? found.mediaId;
    const media = mediaId ? await tx.mediaFile.findUnique({ where: { tenantId_id: { tenantId, id: mediaId } } }) : null;
    if (!media) throw new AppError('NOT_FOUND', 'The audio is not stored');
    return { row: found, file: media };
  });
  if (isAlreadyRead(row, part?.key)) return;
  const stored = await deps.mediaStore.read(tenantId, file.sha256);
  const audio = await deps.ffmpeg.toSpeechAudio(stored, file.mimeType, {
    signal: attempt.signal,
    timeoutMs: CONVERSION_TIMEOUT_MS,
    onProgress: attempt.onProgress,
  });
  await paidCall(
    deps,
    {
      tenantId,
      activityKey: attempt.activityKey,
      provider: speech.name,
      model: speech.model,
      operation: 'speech',
      subject: costSubject(row),
      upperBound: { audioSeconds: await mostSeconds(deps, { tenantId, sha256: file.sha256 }, audio, attempt.signal) },
    },
    {
      call: () =>
        deps.callPolicy.run(callTarget(speech, 'speech'), attempt.signal, (options) =>
          speech.transcribe({ audio: audio.bytes, mimeType: audio.mimeType, fileName: audio.fileName }, options),
        ),
      store: async (tx, { text, model, language, segments, usage }, costMicros) => {
        const reading = { text, provider: speech.name, model, costMicros };
        if (part) {
          const heard = { language, durationSeconds: part.durationSeconds ?? usage.audioSeconds ?? null, segments };
          const place = { key: part.key, atSeconds: part.atSeconds };
          return storePart(tx, tenantId, enrichmentId, { ...reading, ...place, heard });
        }
        const metadata = { language, durationSeconds: usage.audioSeconds ?? null, segments };
        return completeEnrichment(tx, tenantId, enrichmentId, { ...reading, metadata });
      },
    },
  );
}

/**
 * At least as long as the sound is: what the container says, or, where it says nothing, what fits into so many bytes.
 * Whether the sound can be decoded is for the provider to say, so a file that cannot be looked into is no error here.
 */
async function mostSeconds(
  deps: EnrichmentDeps,
  { tenantId, sha256 }: { tenantId: string; sha256: string },
  audio: SpeechAudio,
  signal: AbortSignal,
): Promise<number> {
  const bySize = audio.bytes.length / LEAST_BYTES_PER_SECOND;
  try {
    const file = await deps.mediaStore.localPath(tenantId, sha256);
    const { durationSeconds, isDurationGuessed } = await deps.ffmpeg.probe(file, signal);
    return durationSeconds === null || isDurationGuessed ? bySize : durationSeconds + ROUNDING_SECONDS;
  } catch (error) {
    if (!isAppError(error)) throw error;
    return bySize;
  }
}
