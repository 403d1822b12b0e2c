import { sqlFile, type Database } from '../database';
import { cutText } from '../text';
import { startDeadline, withinDeadline, type Deadline } from './deadline';
import { getContactFacts } from './facts/store';
import type { StoredFact } from './facts/types';
import { searchMemory } from './search/search';
import type { QueryVector, SearchRequest, SearchResult } from './types';

/** The most of each part, so that an answer stays below a megabyte whatever was said. */
export const CONTEXT_LIMITS = { facts: 50, messages: 50, sessions: 20, memories: 50 } as const;
export const CONTEXT_DEFAULTS = { facts: 20, messages: 20, sessions: 5, memories: 10 } as const;
/** Of one text; a document read from a medium is as long as a book. */
export const CONTEXT_TEXT_CHARACTERS = 2_000;

const DEFAULT_TIMEOUT_MS = 10_000;

export interface ContextMessage {
  id: string;
  sessionId: string;
  fromMe: boolean;
  speaker: string | null;
  contentType: string;
  /** With what was read from its medium. */
  text: string;
  /** The text goes on after CONTEXT_TEXT_CHARACTERS. */
  isCut: boolean;
  sentAt: Date;
}

export interface ContextSession {
  sessionId: string;
  startedAt: Date;
  endedAt: Date | null;
  summary: string;
  topics: string[];
  sentiment: string;
  outcome: string;
  resolved: boolean;
  nextSteps: string[];
}

export interface ContactContext {
  /** Surest first. */
  facts: StoredFact[];
  /** The last ones, oldest first. */
  messages: ContextMessage[];
  /** Newest first. */
  sessions: ContextSession[];
  /** What else fits the query, without the messages above; null without a query. */
  memories: SearchResult | null;
}

export interface ContextRequest {
  tenantId: string;
  contactId: string;
  /** What is talked about now; null for none. */
  query: string | null;
  queryVector: () => Promise<QueryVector>;
  /** Of each part; 0 leaves it out. Default CONTEXT_DEFAULTS, at most CONTEXT_LIMITS. */
  limits?: Partial<Record<keyof typeof CONTEXT_LIMITS, number>>;
  strategy?: SearchRequest['strategy'];
  timeoutMs?: number;
}

/**
 * What a program needs to know about a contact before it answers, in one call: facts, the last messages, summaries of
 * sessions, and what fits the query.
 *
 * @throws AppError NOT_FOUND, VALIDATION_ERROR (the query), TIMEOUT
 */
export async function getContactContext(db: Database, request: ContextRequest): Promise<ContactContext> {
  const { tenantId, contactId } = request;
  const deadline = startDeadline(request.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const limits = limitsOf(request);
  const known = await withinDeadline(db, tenantId, deadline, async (tx) => ({
    // First: it also says whether there is such a contact.
    facts: await getContactFacts(tx, tenantId, { contactId, limit: limits.facts }),
    messages: await tx.$queryRawUnsafe<ContextMessage[]>(
      sqlFile('core/memory/sql/last_messages.sql'),
      tenantId,
      contactId,
      limits.messages,
      CONTEXT_TEXT_CHARACTERS,
    ),
    sessions: await tx.$queryRawUnsafe<ContextSession[]>(
      sqlFile('core/memory/sql/last_summaries.sql'),
      tenantId,
      contactId,
      limits.sessions,
      CONTEXT_TEXT_CHARACTERS,
    ),
  }));
  const memories = await memoriesOf(db, request, { deadline, topK: limits.memories, messages: known.messages });
  return { ...known, memories };
}

async function memoriesOf(
  db: Database,
  { tenantId, contactId, query, queryVector, strategy = 'hybrid' }: ContextRequest,
  { deadline, topK, messages }: { deadline: Deadline; topK: number; messages: readonly ContextMessage[] },
): Promise<SearchResult | null> {
  if (query === null || topK === 0) return null;
  const found = await searchMemory(db, {
    tenantId,
    contactId,
    query,
    queryVector,
    topK,
    strategy,
    excludeMessageIds: messages.map(({ id }) => id),
    timeoutMs: deadline.remainingMs(),
  });
  return {
    ...found,
    results: found.results.map((hit) => ({ ...hit, content: cutText(hit.content, CONTEXT_TEXT_CHARACTERS) })),
  };
}

function limitsOf({ limits = {} }: ContextRequest): Record<keyof typeof CONTEXT_LIMITS, number> {
  const of = (part: keyof typeof CONTEXT_LIMITS) =>
    Math.min(limits[part] ?? CONTEXT_DEFAULTS[part], CONTEXT_LIMITS[part]);
  return { facts: of('facts'), messages: of('messages'), sessions: of('sessions'), memories: of('memories') };
}
