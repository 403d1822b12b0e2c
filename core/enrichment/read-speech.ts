import { AppError } from '../errors';
import { paidCall } from '../money/paid-call';
import type { AttemptContext, EnrichmentDeps } from './deps';
import { completeEnrichment, loadEnrichment, storePart } from './repository';
import { costSubject, requireProvider } from './subject';
import type { EnrichmentPart, EnrichmentRef } from './types';

/** Design, section 3. The queue, not this function, keeps a slow provider from starving the other. */
const SPEECH_TIMEOUT_MS: Record<string, number> = { groq: 30_000, openai: 60_000 };
const DEFAULT_TIMEOUT_MS = 60_000;
/** Formats that speech providers do not take are converted first; most pass through untouched. */
const CONVERSION_TIMEOUT_MS = 60_000;

/** Opus at 6 kbit/s is the thinnest speech WhatsApp makes, so this many bytes are at most one second. */
const LEAST_BYTES_PER_SECOND = 750;

/**
 * One attempt to transcribe a voice note, an audio file or the sound of a video with one provider.
 *
 * @throws AppError of the provider (see core/providers/classify.ts), MEDIA_CORRUPT
 */
export async function transcribe(
  deps: EnrichmentDeps,
  { tenantId, enrichmentId, provider, part }: EnrichmentRef & { provider: string; part?: EnrichmentPart },
  attempt: AttemptContext,
): Promise<void> {
  const speech = requireProvider(deps.providers.speech, provider);
  const timeoutMs = SPEECH_TIMEOUT_MS[provider] ?? DEFAULT_TIMEOUT_MS;
  const { row, file } = await deps.db.withTenant(tenantId, async (tx) => {
    const found = await loadEnrichment(tx, tenantId, enrichmentId);
    const mediaId = part?.mediaId ?? found.mediaId;
    const media = mediaId ? await tx.mediaFile.findUnique({ where: { tenantId_id: { tenantId, id: mediaId } } }) : null;
    if (!media) throw new AppError('NOT_FOUND', 'The audio is not stored');
    return { row: found, file: media };
  });
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
      upperBound: { audioSeconds: audio.bytes.length / LEAST_BYTES_PER_SECOND },
    },
    {
      call: () =>
        deps.callPolicy.run(speech.name, timeoutMs, attempt.signal, (signal) =>
          speech.transcribe(
            { audio: audio.bytes, mimeType: audio.mimeType, fileName: audio.fileName },
            { signal, timeoutMs },
          ),
        ),
      store: async (tx, { text, model, language, segments, usage }, costMicros) => {
        const reading = { text, provider: speech.name, model, costMicros };
        if (part)
          return storePart(tx, tenantId, enrichmentId, { ...reading, key: part.key, atSeconds: part.atSeconds });
        const metadata = { language, durationSeconds: usage.audioSeconds ?? null, segments };
        return completeEnrichment(tx, tenantId, enrichmentId, { ...reading, metadata });
      },
    },
  );
}
