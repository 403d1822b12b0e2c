import { AppError } from '../errors';
import { prepareImage } from '../media/image';
import { cheaperModel } from '../money/cheaper-models';
import { paidCall } from '../money/paid-call';
import { tokenUpperBound } from '../money/token-bound';
import type { Usage } from '../providers/ports';
import { ofModel } from '../providers/of-model';
import { callTarget } from '../providers/policy';
import type { AttemptContext, EnrichmentDeps } from './deps';
import { VISION_PROMPTS, type VisionPrompt } from './prompts';
import { completeEnrichment, isAlreadyRead, loadEnrichment, storePart, type EnrichmentRow } from './repository';
import { costSubject, requireProvider } from './subject';
import type { EnrichmentPart, EnrichmentRef } from './types';

/** What Gemini 3 bills for one image at its default resolution (provider reference, 2.1). */
const TOKENS_PER_IMAGE = 1120;

/**
 * One attempt to describe an image, or one frame of a video, with one provider.
 *
 * @throws AppError of the provider (see core/providers/classify.ts), IMAGE_TOO_MANY_PIXELS, MEDIA_CORRUPT
 */
export async function describeImage(
  deps: EnrichmentDeps,
  { tenantId, enrichmentId, provider, part }: EnrichmentRef & { provider: string; part?: EnrichmentPart },
  attempt: AttemptContext,
): Promise<void> {
  const vision = requireProvider(deps.providers.vision, provider);
  const { row, sha256 } = await loadImage(deps, { tenantId, enrichmentId, part });
  if (isAlreadyRead(row, part?.key)) return;
  const image = await prepareImage(await deps.mediaStore.read(tenantId, sha256));
  const prompt = part ? VISION_PROMPTS.videoFrame : VISION_PROMPTS.chatMessage;
  await paidCall(
    deps,
    {
      tenantId,
      activityKey: attempt.activityKey,
      provider: vision.name,
      model: vision.model,
      cheaperModel: cheaperModel(deps.config, 'vision', vision.name),
      operation: 'vision',
      subject: costSubject(row),
      upperBound: visionUpperBound(prompt),
    },
    {
      call: ({ model }) =>
        deps.callPolicy.run(callTarget(vision, 'vision'), attempt.signal, (options) =>
          ofModel(vision, model).describe(
            {
              image: image.bytes,
              mimeType: image.mimeType,
              prompt: prompt.text,
              maxOutputTokens: prompt.maxOutputTokens,
            },
            options,
          ),
        ),
      store: async (tx, { text, model }, costMicros) => {
        const reading = { text, provider: vision.name, model, costMicros };
        if (part)
          return storePart(tx, tenantId, enrichmentId, { ...reading, key: part.key, atSeconds: part.atSeconds });
        return completeEnrichment(tx, tenantId, enrichmentId, { ...reading, metadata: {} });
      },
    },
  );
}

function loadImage(
  deps: EnrichmentDeps,
  { tenantId, enrichmentId, part }: EnrichmentRef & { part?: EnrichmentPart },
): Promise<{ row: EnrichmentRow; sha256: string }> {
  return deps.db.withTenant(tenantId, async (tx) => {
    const row = await loadEnrichment(tx, tenantId, enrichmentId);
    if (!part) return { row, sha256: row.sha256 ?? '' };
    const file = await tx.mediaFile.findUnique({ where: { tenantId_id: { tenantId, id: part.mediaId } } });
    if (!file) throw new AppError('NOT_FOUND', 'The frame of the video is not stored');
    return { row, sha256: file.sha256 };
  });
}

function visionUpperBound({ text, maxOutputTokens }: VisionPrompt): Usage {
  return { inputTokens: TOKENS_PER_IMAGE + tokenUpperBound(text), outputTokens: maxOutputTokens, images: 1 };
}
