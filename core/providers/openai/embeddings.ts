import { z } from 'zod';
import { AppError } from '../../errors';
import { batchTexts, type BatchLimits } from '../batches';
import { callProvider } from '../call';
import type { EmbeddingProvider } from '../ports';
import { count, unsaid } from '../reported-usage';
import { assertDimensions } from '../vectors';
import { OPENAI, requestIdsOf, type OpenAiClient } from './client';

/** 2,048 inputs and 300,000 tokens per request (OpenAI, embeddings reference). A token is at least one byte. */
const LIMITS: BatchLimits = { maxItems: 2_048, maxBytes: 300_000 };

/**
 * Named on purpose: when it is not, the SDK asks for base64 by itself and then decodes the plain numbers of servers that
 * know nothing else (older Ollama) as if they were base64, into a shorter vector of nonsense.
 */
const ENCODING = 'base64';

const FLOAT_BYTES = 4;

/** float32, little endian, in base64: a third of the size of JSON numbers. */
function decodeVector(base64: string): number[] {
  const bytes = Buffer.from(base64, 'base64');
  return Array.from({ length: Math.floor(bytes.length / FLOAT_BYTES) }, (_, index) =>
    bytes.readFloatLE(index * FLOAT_BYTES),
  );
}

const replySchema = z.object({
  data: z.array(
    z.object({
      index: z.number().int(),
      embedding: z.union([z.array(z.number()), z.string().transform(decodeVector).pipe(z.array(z.number()))]),
    }),
  ),
  usage: z.object({ prompt_tokens: count }).nullish().catch(unsaid),
});

export interface OpenAiEmbeddings {
  client: OpenAiClient;
  model: string;
  dimensions: number;
  /** What the model was trained to see before a question and before a text, such as `query: ` and `passage: `. */
  prefixes: Readonly<Record<'query' | 'document', string>>;
}

/**
 * Embeddings by OpenAI or a compatible server, `dimensions` numbers each. Only the `text-embedding-3` models can be asked for a
 * width; any other model must have it by nature.
 *
 * `embed` throws AppError EMBEDDING_DIMENSION_MISMATCH when it has not. All batches of one call share its timeout.
 */
export function createOpenAiEmbeddings({ client, model, dimensions, prefixes }: OpenAiEmbeddings): EmbeddingProvider {
  const width = model.startsWith('text-embedding-3-') ? { dimensions } : {};
  return {
    name: OPENAI,
    model,
    dimensions,
    async embed({ texts, task }, options) {
      const vectors: number[][] = [];
      const requestIds: string[] = [];
      let inputTokens = 0;
      await callProvider(OPENAI, options, async (signal) => {
        const { client: openai } = await client();
        for (const batch of batchTexts(
          texts.map((text) => prefixes[task] + text),
          LIMITS,
        )) {
          const answer = await openai.embeddings.create(
            { model, input: batch, encoding_format: ENCODING, ...width },
            { signal, timeout: options.timeoutMs },
          );
          const reply = replySchema.parse(answer);
          if (reply.data.length !== batch.length) {
            throw new AppError(
              'PROVIDER_UNAVAILABLE',
              `openai gave ${reply.data.length} vectors for ${batch.length} texts`,
            );
          }
          const inOrder = reply.data.toSorted((left, right) => left.index - right.index);
          if (inOrder.some(({ index }, at) => index !== at)) {
            throw new AppError('PROVIDER_UNAVAILABLE', 'openai does not say which vector belongs to which text');
          }
          vectors.push(...inOrder.map(({ embedding }) => embedding));
          inputTokens += reply.usage?.prompt_tokens ?? 0;
          requestIds.push(...requestIdsOf(answer));
        }
      });
      assertDimensions(vectors, { model, dimensions });
      return { vectors, model, usage: { inputTokens }, requestIds };
    },
  };
}
