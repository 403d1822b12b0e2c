import type {
  ChannelAdapter,
  DocumentProvider,
  EmbeddingModel,
  EmbeddingProvider,
  LanguageModel,
  Reranker,
  SpeechProvider,
  VisionProvider,
} from './ports';

/** The providers that are configured, by name, and the order in which each kind is tried. */
export interface Providers {
  vision: ReadonlyMap<string, VisionProvider>;
  speech: ReadonlyMap<string, SpeechProvider>;
  documents: ReadonlyMap<string, DocumentProvider>;
  language: ReadonlyMap<string, LanguageModel>;
  embeddings: EmbeddingProvider;
  /** Another model, whose vectors are still in use. @throws AppError PROVIDER_NOT_CONFIGURED */
  embeddingsOf: (model: EmbeddingModel) => EmbeddingProvider;
  /** Null unless the configuration asks for one. */
  reranker: Reranker | null;
  channels: ReadonlyMap<string, ChannelAdapter>;
  chains: { vision: string[]; speech: string[]; documents: string[]; language: string[] };
}
