import { z } from 'zod';
import { AppError } from '../../errors';
import { callProvider } from '../call';
import type { Reranker } from '../ports';
import { count, unsaid } from '../reported-usage';

export interface JinaSettings {
  apiKey: string;
  /** Another address than Jina's own, such as a compatible server. `/v1/rerank` is appended. */
  baseUrl?: string | undefined;
}

export const JINA = 'jina';

const DEFAULT_BASE_URL = 'https://api.jina.ai';

const replySchema = z.object({
  usage: z.object({ total_tokens: count }).nullish().catch(unsaid),
  // `document` comes as an object or as a string, by model: only the index is used.
  results: z.array(z.object({ index: z.number().int().min(0), relevance_score: z.number() })),
});

/** An answer that is no success, in the shape in which the classifier reads every SDK's errors. */
function refusal(response: Response, text: string): Error {
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return Object.assign(new Error(`jina answered ${response.status}`), {
    status: response.status,
    headers: response.headers,
    error: body,
  });
}

/**
 * Texts in the order of their relevance, by Jina's reranker.
 *
 * `rerank` throws those of `callProvider`. A search goes on without it: keep the order you had and say so.
 */
export function createJinaReranker({ apiKey, baseUrl, model }: JinaSettings & { model: string }): Reranker {
  const url = `${(baseUrl ?? DEFAULT_BASE_URL).replace(/\/+$/, '')}/v1/rerank`;
  return {
    name: JINA,
    model,
    rerank({ query, documents, topN }, options) {
      return callProvider(JINA, options, async (signal) => {
        const response = await fetch(url, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${apiKey}`,
            'content-type': 'application/json',
            accept: 'application/json',
          },
          body: JSON.stringify({ model, query, documents, top_n: topN, return_documents: false }),
          signal,
          // A redirect would carry key and texts to another host.
          redirect: 'error',
        });
        const text = await response.text();
        if (!response.ok) throw refusal(response, text);
        const { results, usage } = replySchema.parse(JSON.parse(text));
        if (results.length === 0 && documents.length > 0) {
          throw new AppError('PROVIDER_UNAVAILABLE', 'jina ranked none of the texts that it was given');
        }
        const indexes = new Set(results.map(({ index }) => index));
        if (indexes.size < results.length || [...indexes].some((index) => index >= documents.length)) {
          throw new AppError('PROVIDER_UNAVAILABLE', 'jina ranked texts that it was not given');
        }
        return {
          results: results
            .map(({ index, relevance_score: score }) => ({ index, score }))
            .sort((a, b) => b.score - a.score)
            .slice(0, topN),
          model,
          usage: { inputTokens: usage?.total_tokens ?? 0 },
        };
      });
    },
  };
}
