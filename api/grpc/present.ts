import type { MemoryHit, SearchResult as FoundMemory, SearchStrategy, StoredFact } from '../../core/memory';
import {
  SearchStrategy as WireStrategy,
  type Fact,
  type SearchMemoryResponse,
  type SearchResult,
} from './generated/ventros/memory/v1/memory';

const WIRE_STRATEGIES: Record<SearchStrategy, WireStrategy> = {
  hybrid: WireStrategy.SEARCH_STRATEGY_HYBRID,
  vector_only: WireStrategy.SEARCH_STRATEGY_VECTOR_ONLY,
  keyword_only: WireStrategy.SEARCH_STRATEGY_KEYWORD_ONLY,
};

export function presentSearch(found: FoundMemory): SearchMemoryResponse {
  return {
    results: found.results.map(presentHit),
    metadata: {
      totalResults: found.totalResults,
      searchDurationMs: found.durationMs,
      strategyUsed: WIRE_STRATEGIES[found.strategyUsed],
      degraded: found.degraded,
    },
  };
}

function presentHit(hit: MemoryHit): SearchResult {
  const metadata = Object.entries(hit.metadata).map(([key, value]) => [key, textOf(value)]);
  return {
    content: hit.content,
    similarity: hit.score,
    source: hit.source,
    sourceId: hit.sourceId,
    metadata: Object.fromEntries(metadata),
    createdAt: hit.occurredAt,
    legs: hit.legs.map(({ leg, rank, score, matched = [] }) => ({ leg, rank, score, matched })),
  };
}

/** The wire carries text only. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

export function presentFact(fact: StoredFact): Fact {
  return {
    factType: fact.type,
    factText: fact.text,
    confidence: fact.confidence,
    extractedAt: fact.recordedAt,
    factId: fact.id,
    sourceMessageId: fact.sourceMessageId,
    validFrom: fact.validFrom,
    validTo: fact.validTo ?? undefined,
    expiresAt: fact.expiresAt ?? undefined,
  };
}
