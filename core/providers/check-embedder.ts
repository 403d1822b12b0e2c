import type { Config } from '../config';
import { errorMessage, isAppError } from '../errors';
import { createProviders } from './create-providers';
import { isConfigured } from './requirements';

const CHECK_TIMEOUT_MS = 10_000;

export interface EmbedderCheck {
  model: string;
  dimensions: number;
  problem?: string;
  /** What to do, one sentence. */
  advice?: string;
}

/**
 * Has one word embedded, at the price of a word, and compares the width of the answer with the configured one. Null where nothing
 * is asked: hashed words, and a provider without configuration. Never throws for the provider's failure.
 */
export async function checkEmbedder(config: Config): Promise<EmbedderCheck | null> {
  const name = config.EMBEDDINGS_PROVIDER;
  if (name === 'local' || !isConfigured(config, name)) return null;
  const { embeddings } = createProviders(config);
  const { model, dimensions } = embeddings;
  try {
    await embeddings.embed(
      { texts: ['oi'], task: 'query' },
      { signal: new AbortController().signal, timeoutMs: CHECK_TIMEOUT_MS },
    );
    return { model, dimensions };
  } catch (error) {
    if (!isAppError(error)) throw error;
    const advice =
      error.code === 'EMBEDDING_DIMENSION_MISMATCH'
        ? `Set EMBEDDINGS_DIMENSIONS=${String(error.details['dimensions'])}, or another model.`
        : 'Check the base URL, the key and the model.';
    return { model, dimensions, problem: errorMessage(error), advice };
  }
}
