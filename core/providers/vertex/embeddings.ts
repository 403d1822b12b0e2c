import { z } from 'zod';
import { AppError } from '../../errors';
import { batchTexts, type BatchLimits } from '../batches';
import type { EmbeddingProvider } from '../ports';
import { count, unsaid } from '../reported-usage';
import { assertDimensions, normalised } from '../vectors';
import { VERTEX, type VertexCall } from './client';

/**
 * 250 texts and 20,000 tokens in one request (Google, "Get text embeddings"). A token is at least one byte, so a limit in
 * bytes can never be too generous.
 */
const TEXT_EMBEDDING_LIMITS: BatchLimits = { maxItems: 250, maxBytes: 20_000 };
/** The gemini-embedding models take one text per request. */
const GEMINI_LIMITS: BatchLimits = { maxItems: 1, maxBytes: Infinity };

const replySchema = z.object({
  embeddings: z.array(
    z.object({
      values: z.array(z.number()),
      statistics: z.object({ tokenCount: count }).nullish().catch(unsaid),
    }),
  ),
});

/**
 * Embeddings by Vertex, `text-embedding-005` or a `gemini-embedding` model, `dimensions` numbers each.
 *
 * Of a text over the model's limit (2,048 tokens for text-embedding-005) only the beginning counts, in a question too:
 * refused, it would take the other texts of its request with it, and a vector of the beginning finds more than none. Callers
 * keep texts below that. All batches of one call share its timeout.
 */
export function createVertexEmbeddings({
  call,
  model,
  dimensions,
}: {
  call: VertexCall;
  model: string;
  dimensions: number;
}): EmbeddingProvider {
  const isGemini = model.startsWith('gemini');
  return {
    name: VERTEX,
    model,
    dimensions,
    async embed({ texts, task }, options) {
      const taskType = task === 'query' ? 'RETRIEVAL_QUERY' : 'RETRIEVAL_DOCUMENT';
      const vectors: number[][] = [];
      let inputTokens = 0;
      await call(options, async (client, config) => {
        for (const batch of batchTexts(texts, isGemini ? GEMINI_LIMITS : TEXT_EMBEDDING_LIMITS)) {
          const reply = await client.models.embedContent({
            model,
            contents: batch,
            config: {
              ...config,
              taskType,
              outputDimensionality: dimensions,
              ...(isGemini ? {} : { autoTruncate: true }),
            },
          });
          const { embeddings } = replySchema.parse(reply);
          if (embeddings.length !== batch.length) {
            throw new AppError(
              'PROVIDER_UNAVAILABLE',
              `vertex gave ${embeddings.length} vectors for ${batch.length} texts`,
            );
          }
          for (const { values, statistics } of embeddings) {
            // Gemini's vectors have length 1 only at their full width.
            vectors.push(isGemini ? normalised(values) : values);
            inputTokens += statistics?.tokenCount ?? 0;
          }
        }
      });
      assertDimensions(vectors, { model, dimensions });
      return { vectors, model, usage: { inputTokens } };
    },
  };
}
