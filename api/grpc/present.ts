import type { SimilarContact as FoundSimilar } from '../../core/crm/similar-contacts';
import type { ContactContext, MemoryHit, SearchResult as FoundMemory, StoredFact } from '../../core/memory';
import type { MemoryImport as StoredImport } from '../../core/memory/import/imports';
import type {
  Fact,
  GetContactContextResponse,
  MemoryImport,
  SearchMemoryResponse,
  SearchMetadata,
  SearchResult,
  SimilarContact,
} from './generated/ventros/memory/v1/memory';
import { wireStrategy } from './strategies';

export function presentSearch(found: FoundMemory): SearchMemoryResponse {
  return {
    results: found.results.map(presentHit),
    metadata: presentSearchMetadata(found),
  };
}

function presentSearchMetadata(found: FoundMemory): SearchMetadata {
  return {
    totalResults: found.totalResults,
    searchDurationMs: found.durationMs,
    strategyUsed: wireStrategy(found.strategyUsed),
    degraded: found.degraded,
    degradedReasons: found.degradedReasons,
    emptyReason: found.emptyReason ?? '',
    isCached: found.isCached,
  };
}

export function presentContext({ facts, messages, sessions, memories }: ContactContext): GetContactContextResponse {
  return {
    facts: facts.map(presentFact),
    messages: messages.map(({ id, fromMe, speaker, ...message }) => ({
      ...message,
      messageId: id,
      fromCompany: fromMe,
      speaker: speaker ?? '',
    })),
    sessions: sessions.map(({ endedAt, ...session }) => ({ ...session, endedAt: endedAt ?? undefined })),
    memories: memories?.results.map(presentHit) ?? [],
    metadata: memories ? presentSearchMetadata(memories) : undefined,
  };
}

export function presentSimilar({ id, name, score, shared }: FoundSimilar): SimilarContact {
  return { contactId: id, name, score, shared };
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
    legs: hit.legs.map(({ leg, rank, score, signals, matched = [], distance }) => ({
      ...{ leg, rank, score, signals, matched, distance },
    })),
    contactId: hit.contactId ?? '',
    sessionId: hit.sessionId ?? '',
    relevance: hit.relevance ?? undefined,
    rerankScore: hit.rerankScore,
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
    sourceMessageId: fact.sourceMessageId ?? '',
    validFrom: fact.validFrom,
    validTo: fact.validTo ?? undefined,
    expiresAt: fact.expiresAt ?? undefined,
    claimed: fact.isClaimed,
    claimedBy: fact.claimedBy,
    evidenceMessageIds: fact.evidenceMessageIds,
    subject: fact.subject,
    attribute: fact.attribute ?? '',
    supersededBy: fact.supersededBy ?? '',
    invalidatedAt: fact.invalidatedAt ?? undefined,
    saidAt: fact.saidAt,
  };
}

export function presentImport(found: StoredImport): MemoryImport {
  return {
    importId: found.id,
    status: found.status,
    linesRead: found.linesRead,
    linesRefused: found.linesRefused,
    messagesStored: found.messagesStored,
    messagesKnown: found.messagesKnown,
    messagesEmbedded: found.messagesEmbedded,
    contactsCreated: found.contactsCreated,
    sessionsCreated: found.sessionsCreated,
    factMessagesRead: found.factMessagesRead,
    factMessagesSkipped: found.factMessagesSkipped,
    factsFound: found.factsFound,
    refusals: found.refusals,
    errorCode: found.errorCode ?? '',
    createdAt: found.createdAt,
    finishedAt: found.finishedAt ?? undefined,
  };
}
