import { z } from 'zod';
import { AppError } from '../../errors';
import type { Usage, VisionProvider } from '../ports';
import { count, unsaid } from '../reported-usage';
import { VERTEX, type VertexCall } from './client';

/** Inline files of a request (Google, "Image understanding", 2026). */
const MAX_INLINE_BYTES = 7 * 1024 * 1024;
/**
 * A token stands for a few characters; the longest of the known vocabularies are runs of 128 blanks. What is longer is no
 * answer to what was asked, and would stand in every later prompt.
 */
const MOST_CHARACTERS_PER_TOKEN = 128;
const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/heic', 'image/heif'];

/** Reasons that mean "we will not say": the same image will be refused again. */
const BLOCKED = ['SAFETY', 'PROHIBITED_CONTENT', 'SPII', 'BLOCKLIST', 'RECITATION', 'IMAGE_SAFETY'];

const replySchema = z.object({
  responseId: z.string().nullish(),
  candidates: z
    .array(
      z.object({
        content: z
          .object({
            parts: z.array(z.object({ text: z.string().nullish(), thought: z.boolean().nullish() })).nullish(),
          })
          .nullish(),
        finishReason: z.string().nullish(),
      }),
    )
    .nullish(),
  promptFeedback: z.object({ blockReason: z.string().nullish() }).nullish(),
  usageMetadata: z
    .object({
      promptTokenCount: count,
      cachedContentTokenCount: count,
      candidatesTokenCount: count,
      thoughtsTokenCount: count,
    })
    .nullish()
    .catch(unsaid),
});

type Reply = z.output<typeof replySchema>;

function usageOf({ usageMetadata: usage }: Reply): Usage {
  return {
    inputTokens: usage?.promptTokenCount ?? 0,
    cachedInputTokens: usage?.cachedContentTokenCount ?? 0,
    // Thinking is billed as output.
    outputTokens: (usage?.candidatesTokenCount ?? 0) + (usage?.thoughtsTokenCount ?? 0),
    images: 1,
  };
}

const requestIdsOf = ({ responseId }: Reply): string[] => (responseId ? [responseId] : []);

/**
 * The text of a reply. Blocked prompts and blocked answers arrive as HTTP 200 and say so; what says neither is no reply. A text cut
 * at the token limit is kept: most of a description is still one.
 */
function textOf(
  reply: Reply,
  model: string,
  { mayBeEmptyIfCut, maxOutputTokens }: { mayBeEmptyIfCut: boolean; maxOutputTokens: number },
): string {
  // The refused call was billed: `usage` lets the ledger say so. Without it nobody knows.
  const usage = reply.usageMetadata ? { usage: usageOf(reply) } : {};
  const details = { provider: VERTEX, model, ...usage, requestIds: requestIdsOf(reply) };
  const candidate = reply.candidates?.[0];
  const blockReason = reply.promptFeedback?.blockReason;
  if (blockReason) {
    throw new AppError('CONTENT_BLOCKED', `vertex gave no answer: ${blockReason}`, {
      details: { ...details, reason: blockReason },
    });
  }
  // Neither an answer nor a block: no more than a page of HTML is.
  if (candidate === undefined || (!candidate.finishReason && !candidate.content)) {
    throw new AppError('PROVIDER_UNAVAILABLE', 'vertex answered without an answer and without a reason', { details });
  }
  const reason = candidate.finishReason ?? 'no finish reason';
  if (BLOCKED.includes(reason)) {
    throw new AppError('CONTENT_BLOCKED', `vertex blocked its answer: ${reason}`, { details: { ...details, reason } });
  }
  const parts = candidate.content?.parts ?? [];
  const text = parts
    .filter((part) => !part.thought)
    .map((part) => part.text ?? '')
    .join('')
    .trim();
  // Asked for JSON, it may have spent all its tokens on thinking: the caller asks again with more.
  if (text === '' && !(mayBeEmptyIfCut && reason === 'MAX_TOKENS')) {
    throw new AppError('MODEL_OUTPUT_INVALID', `vertex answered without a text: ${reason}`, {
      details: { ...details, reason },
    });
  }
  if (text.length > maxOutputTokens * MOST_CHARACTERS_PER_TOKEN) {
    throw new AppError(
      'MODEL_OUTPUT_INVALID',
      `vertex answered ${text.length} characters where at most ${maxOutputTokens} tokens were asked for`,
      { details },
    );
  }
  return text;
}

function assertAcceptable(image: Buffer, mimeType: string): void {
  // PROVIDER_REJECTED and not MEDIA_*: another provider of the chain may have other limits.
  if (!IMAGE_TYPES.includes(mimeType)) {
    throw new AppError('PROVIDER_REJECTED', `vertex does not read ${mimeType}; it reads ${IMAGE_TYPES.join(', ')}`);
  }
  if (image.length > MAX_INLINE_BYTES) {
    throw new AppError('PROVIDER_REJECTED', `vertex takes images up to ${MAX_INLINE_BYTES} bytes, got ${image.length}`);
  }
}

/**
 * Images to text by Gemini on Vertex. Temperature and its kin are not sent: the Gemini 3 models ignore them.
 *
 * `describe` throws AppError CONTENT_BLOCKED (`details.usage` is what was billed all the same), MODEL_OUTPUT_INVALID (also for a text that is
 * longer than what was asked for), PROVIDER_UNAVAILABLE (also for an answer with neither a text nor a reason), or those of
 * `callProvider`.
 */
export function createVertexVision({ call, model }: { call: VertexCall; model: string }): VisionProvider {
  return {
    name: VERTEX,
    model,
    withModel: (other) => createVertexVision({ call, model: other }),
    async describe({ image, mimeType, prompt, maxOutputTokens, responseSchema }, options) {
      assertAcceptable(image, mimeType);
      const reply = await call(options, async (client, config) =>
        replySchema.parse(
          await client.models.generateContent({
            model,
            contents: [
              {
                role: 'user',
                parts: [{ inlineData: { mimeType, data: image.toString('base64') } }, { text: prompt }],
              },
            ],
            config: {
              ...config,
              maxOutputTokens,
              ...(responseSchema ? { responseMimeType: 'application/json', responseSchema } : {}),
            },
          }),
        ),
      );
      const isCut = reply.candidates?.[0]?.finishReason === 'MAX_TOKENS';
      return {
        text: textOf(reply, model, { mayBeEmptyIfCut: responseSchema !== undefined, maxOutputTokens }),
        isCut,
        model,
        usage: usageOf(reply),
        requestIds: requestIdsOf(reply),
      };
    },
  };
}
