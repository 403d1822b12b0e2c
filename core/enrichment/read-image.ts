import type { Tx } from '../database';
import { AppError } from '../errors';
import { prepareImage, type PreparedImage } from '../media/image';
import { cheaperModel } from '../money/cheaper-models';
import { paidCallFor, type Purchase } from '../money/paid-call';
import { tokenUpperBound } from '../money/token-bound';
import { ofModel } from '../providers/of-model';
import { callTarget } from '../providers/policy';
import type { VisionProvider } from '../providers/ports';
import { DEFAULT_CONTEXT, isVisionContext } from './contexts';
import type { AttemptContext, EnrichmentDeps } from './deps';
import { factsForm } from './fields';
import { visionPrompt } from './prompts';
import { completeEnrichment, isAlreadyRead, loadEnrichment, storePart, type EnrichmentRow } from './repository';
import { costSubject, requireProvider } from './subject';
import type { EnrichmentPart, EnrichmentRef } from './types';

/** What Gemini 3 bills for one image at its default resolution (provider reference, 2.1). */
const TOKENS_PER_IMAGE = 1120;

/**
 * One attempt to read an image, or one frame of a video, with one provider. What is asked depends on the context of the
 * enrichment; facts are kept in `metadata.fields` and, readable, as the text.
 *
 * @throws AppError of the provider (see core/providers/classify.ts), MODEL_OUTPUT_INVALID when the facts did not come in
 * their form even when asked again, IMAGE_TOO_MANY_PIXELS, MEDIA_CORRUPT
 */
export async function describeImage(
  deps: EnrichmentDeps,
  { tenantId, enrichmentId, provider, part }: EnrichmentRef & { provider: string; part?: EnrichmentPart },
  attempt: AttemptContext,
): Promise<void> {
  const vision = requireProvider(deps.providers.vision, provider);
  // Read and converted once, however often it is asked about.
  let prepared: Promise<PreparedImage> | undefined;
  const prepareOnce = (sha256: string) => (prepared ??= readImage(deps, { tenantId, sha256 }, attempt));
  let next: Ask | null = { key: attempt.activityKey, isRaised: false, isRepaired: false, problem: null };
  let spentMicros = 0;
  let promptId = '';
  while (next !== null) {
    const ask: Ask = next;
    const answer: Answer | null = await paidCallFor(deps, {
      tenantId,
      async read(tx) {
        const { row, sha256 } = await loadImage(tx, { tenantId, enrichmentId, part });
        return isAlreadyRead(row, part?.key)
          ? null
          : purchase(
              deps,
              { vision, row, part: part ?? null, ask, spentMicros, prepare: () => prepareOnce(sha256) },
              attempt,
            );
      },
    });
    if (answer === null || answer.isStored) return;
    spentMicros += answer.costMicros;
    promptId = answer.promptId;
    next = askAgain(ask, answer, attempt.activityKey);
  }
  throw new AppError('MODEL_OUTPUT_INVALID', `${vision.name} did not answer in the form of ${promptId}`, {
    details: { provider: vision.name },
  });
}

/** One of at most three calls: as it is, with room for a longer answer, and with what was wrong said. Each is paid. */
interface Ask {
  key: string;
  isRaised: boolean;
  isRepaired: boolean;
  problem: string | null;
}

type Answer =
  { isStored: true } | { isStored: false; isCut: boolean; problem: string; costMicros: number; promptId: string };

function askAgain(ask: Ask, { isCut, problem }: Extract<Answer, { isStored: false }>, activityKey: string): Ask | null {
  if (isCut && !ask.isRaised) return { ...ask, key: `${activityKey}/raised`, isRaised: true };
  if (!ask.isRepaired) return { ...ask, key: `${activityKey}/repaired`, isRepaired: true, problem };
  return null;
}

interface OneAsk {
  vision: VisionProvider;
  row: EnrichmentRow;
  part: EnrichmentPart | null;
  ask: Ask;
  /** Paid for answers before this one that were of no use. */
  spentMicros: number;
  prepare: () => Promise<PreparedImage>;
}

type VisionResult = Awaited<ReturnType<VisionProvider['describe']>>;

/** One call: what it may cost, and its steps. */
function purchase(
  deps: EnrichmentDeps,
  { vision, row, part, ask, spentMicros, prepare }: OneAsk,
  attempt: AttemptContext,
): Purchase<VisionResult, Answer> {
  const context = isVisionContext(row.context) ? row.context : DEFAULT_CONTEXT;
  const prompt = visionPrompt(part ? 'video_frame' : context);
  const form = part || vision.readsWordsOnly ? null : factsForm(context);
  const words = ask.problem === null ? prompt.text : `${prompt.text}\n\n${repairLine(ask.problem)}`;
  const maxOutputTokens = prompt.maxOutputTokens * (ask.isRaised ? 2 : 1);
  return {
    reservation: {
      tenantId: row.tenantId,
      activityKey: ask.key,
      provider: vision.name,
      model: vision.model,
      cheaperModel: cheaperModel(deps.config, 'vision', vision.name),
      operation: 'vision',
      subject: costSubject(row),
      upperBound: {
        inputTokens:
          TOKENS_PER_IMAGE +
          // Whether it is an animation is seen only when it is unpacked, which is after this.
          tokenUpperBound(ofAnimation(words) + (form ? JSON.stringify(form.responseSchema) : '')),
        outputTokens: maxOutputTokens,
        images: 1,
      },
    },
    steps: {
      prepare,
      call: async ({ model }) => {
        const image = await prepare();
        const chosen = ofModel(vision, model);
        return deps.callPolicy.run(callTarget(chosen, 'vision'), attempt.signal, (options) =>
          chosen.describe(
            {
              image: image.bytes,
              mimeType: image.mimeType,
              prompt: image.frames > 1 ? ofAnimation(words) : words,
              maxOutputTokens,
              ...(form ? { responseSchema: form.responseSchema } : {}),
            },
            options,
          ),
        );
      },
      store: async (tx, { text, isCut, model }, costMicros) => {
        const understood = form ? form.read(text) : { facts: null };
        if ('problem' in understood)
          return { isStored: false, isCut, costMicros, problem: understood.problem, promptId: prompt.id };
        const { facts } = understood;
        const reading = {
          text: form && facts ? form.describe(facts) : text,
          provider: vision.name,
          model,
          costMicros: costMicros + spentMicros,
        };
        if (part) await storePart(tx, row.tenantId, row.id, { ...reading, key: part.key, atSeconds: part.atSeconds });
        else {
          const { frames } = await prepare();
          const shown = frames > 1 ? { frames } : {};
          const asked = vision.readsWordsOnly ? { method: 'ocr' } : { prompt: prompt.id };
          const metadata = { ...asked, truncated: isCut, ...shown, ...(facts ? { fields: facts } : {}) };
          await completeEnrichment(tx, row.tenantId, row.id, { ...reading, metadata });
        }
        return { isStored: true };
      },
    },
  };
}

async function readImage(
  deps: EnrichmentDeps,
  { tenantId, sha256 }: { tenantId: string; sha256: string },
  { signal }: AttemptContext,
): Promise<PreparedImage> {
  return prepareImage(await deps.mediaStore.read(tenantId, sha256), { signal });
}

/** Of an animation several frames are shown in one picture, which the model has to know. */
function ofAnimation(words: string): string {
  return `${words}\n\n${visionPrompt('animation').text}`;
}

/** The problem names fields and never what was in them. */
function repairLine(problem: string): string {
  return `A resposta anterior não serviu: ${problem}. Responda de novo, só com o JSON completo.`;
}

async function loadImage(
  tx: Tx,
  { tenantId, enrichmentId, part }: EnrichmentRef & { part?: EnrichmentPart },
): Promise<{ row: EnrichmentRow; sha256: string }> {
  const row = await loadEnrichment(tx, tenantId, enrichmentId);
  if (!part) return { row, sha256: row.sha256 ?? '' };
  const file = await tx.mediaFile.findUnique({ where: { tenantId_id: { tenantId, id: part.mediaId } } });
  if (!file) throw new AppError('NOT_FOUND', 'The frame of the video is not stored');
  return { row, sha256: file.sha256 };
}
