/** What a hit is about: something said, a whole session, or a fact. */
export const MEMORY_SOURCES = ['message', 'session', 'fact'] as const;
export type MemorySource = (typeof MEMORY_SOURCES)[number];

/** Which legs search and how much each counts; the weights are in search/strategies.ts. */
export const SEARCH_STRATEGIES = [
  'hybrid',
  'sales_prospecting',
  'sales_negotiation',
  'sales_closing',
  'retention_churn',
  'retention_upsell',
  'support_technical',
  'support_billing',
  'balanced',
  'vector_only',
  'keyword_only',
  'graph_only',
  'vector_keyword_50',
  'vector_graph_50',
  'keyword_graph_50',
  'recent_only',
  'keyword_recent_70_30',
  'vector_recent_70_30',
  'semantic_heavy',
  'graph_heavy',
  'custom',
] as const;
export type SearchStrategy = (typeof SEARCH_STRATEGIES)[number];

export const LEGS = ['vector', 'keyword', 'graph', 'recent'] as const;
export type Leg = (typeof LEGS)[number];

/** `scores`: each leg scaled to its own maximum. `rrf`: weight / (60 + rank). */
export const FUSIONS = ['scores', 'rrf'] as const;
export type Fusion = (typeof FUSIONS)[number];

/**
 * `nothing_stored`: there is nothing within the contact, session and filters. `nothing_relevant`: nothing there is relevant
 * enough.
 */
export const EMPTY_REASONS = ['nothing_relevant', 'nothing_stored'] as const;
export type EmptyReason = (typeof EMPTY_REASONS)[number];

/**
 * What moved a hit within a leg: said by who was asked about (`role`) or when (`time`), beside a hit (`neighbour`), right
 * after a question that was hit (`answer`), in a session that fits as a whole (`session`).
 */
export type Signal = 'role' | 'time' | 'neighbour' | 'answer' | 'session';

/** Why a hit is there: its place (from 1) and own score in one leg. BM25 and cosine are different scales. */
export interface LegScore {
  leg: Leg;
  rank: number;
  /** 0 for a message that the leg did not find itself but the conversation around a hit brought along. */
  score: number;
  signals: Signal[];
  /** Keyword leg: the words of the query that were found. Graph leg: what the query names and the hit is connected with. */
  matched?: string[];
  /** Graph leg: edges between the two, 1 for what names it itself. */
  distance?: number;
}

export interface MemoryHit {
  content: string;
  /** 0..1 within this answer: 1 is the best of every leg that found something. Not comparable between queries. */
  score: number;
  /**
   * 0..1, comparable between queries: how often a hit like this one answers its question (search/relevance.ts). Null where no
   * leg can tell, as with the strategy `recent_only`.
   */
  relevance: number | null;
  source: MemorySource;
  /** Id of the message, session or fact; for an external document that belongs to none of them, its embedding id. */
  sourceId: string;
  contactId: string | null;
  sessionId: string | null;
  occurredAt: Date;
  metadata: Record<string, unknown>;
  legs: LegScore[];
  /** The reranker's own score, when one put the answer in order. */
  rerankScore?: number;
}

/** Texts by their place in what was given, best first, or the reason there is no such order. */
export type Reranking = { order: { index: number; score: number }[]; reason?: never } | { order: null; reason: string };

/**
 * The query as a vector, made by the caller because the call is paid: either the vector and the stored name of its model, or
 * the reason there is none.
 */
export type QueryVector = { vector: number[]; model: string } | { vector: null; reason: string };

export interface SearchRequest {
  tenantId: string;
  query: string;
  /** A function is only called when the strategy uses vectors and no cached answer serves. */
  queryVector: QueryVector | (() => Promise<QueryVector>);
  contactId?: string | null;
  sessionId?: string | null;
  /** 1..100 */
  topK: number;
  strategy: SearchStrategy;
  /** Of the strategy `custom`: shares of the legs, together 1 or 100. */
  weights?: Partial<Record<Leg, number>>;
  /** Default `scores`. */
  fusion?: Fusion;
  /** Hits below it are left out, 0..1. Default: all are, if the best is below DEFAULT_MIN_RELEVANCE. */
  minRelevance?: number;
  /** Only these sources; all of them when absent. */
  sources?: readonly MemorySource[];
  /** Only these content types of messages and documents, or fact types. */
  types?: readonly string[];
  /** Only what was said or began to hold from this moment on, and before that one. */
  since?: Date;
  until?: Date;
  /** Keys and values that the metadata must hold. */
  metadata?: Record<string, unknown>;
  /** Puts the best hits into a better order, paid by the caller. Absent where there is no reranker or none is wanted. */
  rerank?: (of: { query: string; texts: string[]; topN: number; timeoutMs: number }) => Promise<Reranking>;
  /** Instead of what the strategy says about reranking; without a reranker neither does anything. */
  isReranked?: boolean;
  /** What "yesterday" in the query is counted from; default now. */
  now?: Date;
  /** Messages the caller holds already, for example the ones being answered. */
  excludeMessageIds?: readonly string[];
  /** For the whole search, and the limit of its statements on the server. */
  timeoutMs?: number;
}

export interface SearchResult {
  results: MemoryHit[];
  /** Why there are no results, as far as the legs that ran can tell; null when there are some, or no leg could run. */
  emptyReason: EmptyReason | null;
  /** Legs the strategy asked for that could not run, for example ['vector'], and 'rerank' when that failed. */
  degraded: (Leg | 'rerank')[];
  /** One sentence for each degraded leg. */
  degradedReasons: string[];
  strategyUsed: SearchStrategy;
  /**
   * How many documents were ranked and reach the minimum, of which `results` are the first topK: at most 400 that words found, 100 (or
   * twice topK) of the other legs, and the messages around them.
   */
  totalResults: number;
  /** An earlier answer to the same question about the contact, about whom nothing was written since. */
  isCached: boolean;
  durationMs: number;
}

/** A document as the legs know it: a message, a fact, or an embedding row that is a document of its own. */
export type DocumentKind = 'message' | 'fact' | 'document';

export interface LegHit {
  id: string;
  kind: DocumentKind;
  score: number;
  sessionId: string | null;
  /** Null for what nobody said. */
  fromMe: boolean | null;
  speaker: string | null;
  asks: boolean;
  occurredAt: Date;
  matched?: string[];
  distance?: number;
}
