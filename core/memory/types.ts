/** What a hit is about: something said, a whole session, or a fact. */
export const MEMORY_SOURCES = ['message', 'session', 'fact'] as const;
export type MemorySource = (typeof MEMORY_SOURCES)[number];

export const SEARCH_STRATEGIES = ['hybrid', 'vector_only', 'keyword_only'] as const;
export type SearchStrategy = (typeof SEARCH_STRATEGIES)[number];

export type Leg = 'keyword' | 'vector';

/** Why a hit is there: its place (from 1) and raw score in one leg. BM25 and cosine are different scales. */
export interface LegScore {
  leg: Leg;
  rank: number;
  score: number;
  /** Keyword leg: the words of the query that were found. */
  matched?: string[];
}

export interface MemoryHit {
  content: string;
  /** 0..1 within this answer: 1 is the best of every leg that found something. Not comparable between queries. */
  score: number;
  source: MemorySource;
  /** Id of the message, session or fact; for an external document that belongs to none of them, its embedding id. */
  sourceId: string;
  contactId: string | null;
  sessionId: string | null;
  occurredAt: Date;
  metadata: Record<string, unknown>;
  legs: LegScore[];
}

/**
 * The query as a vector, made by the caller because the call is paid: either the vector and the model that made it, or
 * the reason there is none.
 */
export type QueryVector = { vector: number[]; model: string } | { vector: null; reason: string };

export interface SearchRequest {
  tenantId: string;
  query: string;
  queryVector: QueryVector;
  contactId?: string | null;
  sessionId?: string | null;
  /** 1..100 */
  topK: number;
  strategy: SearchStrategy;
  /** Only these sources; all of them when absent. */
  sources?: readonly MemorySource[];
  /** Messages the caller holds already, for example the ones being answered. */
  excludeMessageIds?: readonly string[];
  /** For the whole search, and the limit of its statements on the server. */
  timeoutMs?: number;
}

export interface SearchResult {
  results: MemoryHit[];
  /** Legs the strategy asked for that could not run, for example ['vector']. Empty results with an empty list: nothing relevant. */
  degraded: Leg[];
  /** One sentence for each degraded leg. */
  degradedReasons: string[];
  strategyUsed: SearchStrategy;
  /** Different documents found by all legs before the cut to topK. */
  totalResults: number;
  durationMs: number;
}

/** A document as the legs know it: a message, a fact, or an embedding row that is a document of its own. */
export type DocumentKind = 'message' | 'fact' | 'document';

export interface LegHit {
  kind: DocumentKind;
  id: string;
  score: number;
  matched?: string[];
}
