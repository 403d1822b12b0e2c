import type { Config } from '../config';
import { AppError } from '../errors';
import type { Logger } from '../logging/logger';
import { createGuardedFetch } from '../media/guarded-fetch';
import { createProviderClients, NO_KEY, type ProviderClients } from './clients';
import { createGroqSpeech } from './groq/speech';
import { createJinaReranker } from './jina/reranker';
import { createLlamaParseDocuments } from './llamaparse/documents';
import { createLocalEmbeddings } from './local/embeddings';
import { createOpenAiEmbeddings } from './openai/embeddings';
import { createOpenAiLanguage } from './openai/language';
import { createOpenAiSpeech } from './openai/speech';
import { createOfficeTextDocuments } from './office-text/documents';
import { createPdfTextDocuments } from './pdf-text/documents';
import type { EmbeddingModel, EmbeddingProvider, Reranker } from './ports';
import type { Providers } from './registry';
import { isConfigured, type ProviderName } from './requirements';
import { readStoredModel } from './stored-model';
import { createTesseractDocuments } from './tesseract/documents';
import { createTesseractVision } from './tesseract/vision';
import { createVertexEmbeddings } from './vertex/embeddings';
import { createVertexVision } from './vertex/vision';
import { createWahaChannel } from './waha/channel';

export interface ProviderDeps {
  logger?: Logger | undefined;
}

function createEmbeddings(config: Config, clients: ProviderClients): EmbeddingProvider {
  const name = config.EMBEDDINGS_PROVIDER;
  // Vectors of different models do not compare, so there is no falling back to another one here.
  if (!isConfigured(config, name)) {
    throw new AppError('PROVIDER_NOT_CONFIGURED', `EMBEDDINGS_PROVIDER is ${name}, which has no configuration`);
  }
  const model = { vertex: config.VERTEX_EMBEDDING_MODEL, openai: config.OPENAI_EMBEDDING_MODEL, local: '' }[name];
  const { EMBEDDINGS_DIMENSIONS: dimensions, EMBEDDINGS_PRECISION: precision } = config;
  return { ...embeddingsWith(config, clients, { provider: name, model, dimensions }), precision };
}

function embeddingsWith(
  config: Config,
  clients: ProviderClients,
  { provider, model, dimensions }: { provider: Config['EMBEDDINGS_PROVIDER']; model: string; dimensions: number },
): EmbeddingProvider {
  switch (provider) {
    case 'vertex':
      return createVertexEmbeddings({ call: clients.vertex, model, dimensions });
    case 'openai':
      return createOpenAiEmbeddings({ client: clients.openai, model, dimensions, prefixes: prefixesOf(config, model) });
    case 'local':
      return createLocalEmbeddings();
  }
}

/** The configured ones are those of the configured model: another one, still in use, was made to see nothing or something else. */
function prefixesOf(config: Config, model: string): { query: string; document: string } {
  if (model !== config.OPENAI_EMBEDDING_MODEL) return { query: '', document: '' };
  return { query: config.EMBEDDINGS_QUERY_PREFIX ?? '', document: config.EMBEDDINGS_DOCUMENT_PREFIX ?? '' };
}

/** A model that is configured no longer, while its vectors are in use. Hashed words have one model: a version that is gone has no code. */
function formerEmbeddings(config: Config, clients: ProviderClients, { provider, model: stored }: EmbeddingModel) {
  const { model, dimensions, precision } = readStoredModel(stored);
  const name = (['vertex', 'openai', 'local'] as const).find((known) => known === provider);
  const embeddings =
    name && isConfigured(config, name) ? embeddingsWith(config, clients, { provider: name, model, dimensions }) : null;
  if (embeddings !== null && embeddings.model === model) return { ...embeddings, precision };
  throw new AppError(
    'PROVIDER_NOT_CONFIGURED',
    `The vectors in use are of ${stored} by ${provider}, which is not configured; vectors of another model do not compare`,
  );
}

function createReranker(config: Config): Reranker | null {
  if (config.RERANKER === 'none' || !isConfigured(config, config.RERANKER)) return null;
  const { JINA_API_KEY: apiKey = NO_KEY, JINA_BASE_URL: baseUrl, JINA_RERANK_MODEL: model } = config;
  return createJinaReranker({ apiKey, baseUrl, model });
}

/**
 * Every provider that the configuration has credentials or an address for, and the chains without the others. Nothing is
 * called and no SDK is loaded before the first request.
 *
 * @throws AppError PROVIDER_NOT_CONFIGURED when the embedding provider has no configuration
 */
export function createProviders(config: Config, { logger }: ProviderDeps = {}): Providers {
  const clients = createProviderClients(config);
  const configured = <P extends { name: string }>(...providers: P[]): ReadonlyMap<string, P> =>
    new Map(
      providers
        .filter(({ name }) => isConfigured(config, name as ProviderName))
        .map((provider) => [provider.name, provider]),
    );

  const languages = config.TESSERACT_LANGUAGES;
  const vision = configured(
    createVertexVision({ call: clients.vertex, model: config.VERTEX_VISION_MODEL }),
    createTesseractVision({ languages }),
  );
  const speech = configured(
    createGroqSpeech({ client: clients.groq, model: config.GROQ_SPEECH_MODEL }),
    createOpenAiSpeech({ client: clients.openai, model: config.OPENAI_SPEECH_MODEL }),
  );
  const documents = configured(
    createLlamaParseDocuments({
      client: clients.llamaparse,
      tier: config.LLAMAPARSE_TIER,
      version: config.LLAMAPARSE_VERSION,
      logger,
    }),
    createPdfTextDocuments(),
    createOfficeTextDocuments(),
    createTesseractDocuments({ languages }),
  );
  const language = configured(createOpenAiLanguage({ client: clients.openai, model: config.OPENAI_LANGUAGE_MODEL }));
  const present = (chain: string[], providers: ReadonlyMap<string, unknown>): string[] =>
    chain.filter((name) => providers.has(name));

  return {
    vision,
    speech,
    documents,
    language,
    embeddings: createEmbeddings(config, clients),
    embeddingsOf: (model) => formerEmbeddings(config, clients, model),
    reranker: createReranker(config),
    channels: new Map([
      ['waha', createWahaChannel({ fetch: createGuardedFetch({ allowedPrivateHosts: config.ALLOWED_PRIVATE_HOSTS }) })],
    ]),
    chains: {
      vision: present(config.VISION_CHAIN, vision),
      speech: present(config.SPEECH_CHAIN, speech),
      documents: present(config.DOCUMENT_CHAIN, documents),
      language: present(config.LANGUAGE_CHAIN, language),
    },
  };
}
