import type { Database } from '../../core/database';
import { searchMemory, type QueryVector, type SearchRequest } from '../../core/memory';
import { modelOf } from '../../core/memory/active-model';
import type { EmbeddingProvider } from '../../core/providers/ports';
import type { Corpus } from './corpus';

const TOP_K = 100;
const EMBEDDING_TIMEOUT_MS = 60_000;

/** A question, and the messages that answer it, by their ids in the data set. */
export interface GoldQuestion {
  id: string;
  ref: string;
  text: string;
  kind: string;
  evidence: readonly string[];
  /** What "yesterday" is counted from. */
  now: Date;
}

export interface Answered {
  question: GoldQuestion;
  /** Messages, best first, by their ids in the data set. */
  turns: string[];
  /** Different sessions of those messages, best first. */
  sessions: string[];
  goldSessions: string[];
  /** Of the turns, in their order; null where no leg can tell. */
  relevances: (number | null)[];
  durationMs: number;
}

export type Way = Pick<SearchRequest, 'strategy' | 'fusion' | 'weights' | 'minRelevance'>;

/** Asks the product's own search, one question after the other, each within its contact. */
export async function askAll(
  db: Database,
  embeddings: EmbeddingProvider,
  corpus: Corpus,
  questions: readonly GoldQuestion[],
  way: Way,
): Promise<Answered[]> {
  const sessionOf = new Map(
    [...corpus.sources.values()].map(({ ref, externalId, sessionId }) => [`${ref}/${externalId}`, sessionId]),
  );
  const answers: Answered[] = [];
  for (const question of questions) {
    const vector = await embedQuestion(embeddings, question.text);
    const contactId = corpus.contactIds.get(question.ref) ?? null;
    const startedMs = performance.now();
    const found = await searchMemory(db, {
      tenantId: corpus.tenantId,
      contactId,
      query: question.text,
      queryVector: vector,
      topK: TOP_K,
      sources: ['message'],
      now: question.now,
      ...way,
    });
    const durationMs = performance.now() - startedMs;
    const hits = found.results.flatMap(({ sourceId }) => corpus.sources.get(sourceId) ?? []);
    answers.push({
      question,
      relevances: found.results.map(({ relevance }) => relevance),
      turns: hits.map(({ externalId }) => externalId),
      sessions: [...new Set(hits.map(({ sessionId }) => sessionId))],
      goldSessions: [...new Set(question.evidence.flatMap((id) => sessionOf.get(`${question.ref}/${id}`) ?? []))],
      durationMs,
    });
  }
  return answers;
}

async function embedQuestion(embeddings: EmbeddingProvider, text: string): Promise<QueryVector> {
  const { vectors } = await embeddings.embed(
    { texts: [text], task: 'query' },
    { signal: AbortSignal.timeout(EMBEDDING_TIMEOUT_MS), timeoutMs: EMBEDDING_TIMEOUT_MS },
  );
  return vectors[0] ? { vector: vectors[0], model: modelOf(embeddings).model } : { vector: null, reason: 'no vector' };
}
