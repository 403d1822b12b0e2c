export { DEFAULT_MIN_RELEVANCE, SEARCH_TRANSACTION, searchMemory, searchMemoryIn } from './search/search';
export {
  CONTEXT_DEFAULTS,
  CONTEXT_LIMITS,
  CONTEXT_TEXT_CHARACTERS,
  getContactContext,
  type ContactContext,
} from './contact-context';
export { startDeadline, withinDeadline, type Deadline } from './deadline';
export { storeExternalEmbedding, type ExternalEmbedding } from './external';
export {
  contentHash,
  EMBEDDING_CONTENT_TYPES,
  factsToEmbed,
  messagesToEmbed,
  storeEmbeddings,
  type EmbeddingContentType,
  type EmbeddingRow,
  type MessageSelection,
  type TextToEmbed,
} from './embeddings';
export {
  EMPTY_REASONS,
  FUSIONS,
  LEGS,
  MEMORY_SOURCES,
  SEARCH_STRATEGIES,
  type EmptyReason,
  type Fusion,
  type Leg,
  type LegScore,
  type MemoryHit,
  type MemorySource,
  type QueryVector,
  type Reranking,
  type SearchRequest,
  type SearchResult,
  type SearchStrategy,
} from './types';
export { assertVector, similarityFloor, vectorLiteral } from './vector';
export { buildFactRequest, buildRepairRequest, parseFacts, type ParsedFacts } from './facts/extraction';
export { resolveRelativeDate } from './facts/rules';
export {
  customerMessages,
  getContactFacts,
  getFact,
  getFactsById,
  knownFacts,
  storeFacts,
  type CustomerMessage,
} from './facts/store';
export { assertCustomerMessage } from './facts/customer-message';
export { factChanges, type FactChange } from './facts/changes';
export { type GivenFact } from './facts/complete';
export {
  addFact,
  confirmFact,
  editFact,
  invalidateFact,
  restoreFact,
  type FactAction,
  type FactEdit,
  type NewFact,
} from './facts/edit';
export { factEvidence, type FactEvidence } from './facts/evidence';
export { FACT_TYPES, type ExtractedFact, type FactMessage, type FactType, type StoredFact } from './facts/types';
