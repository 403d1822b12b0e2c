import type { Corpus, KeywordHit } from './legs/keyword';
import type { LegHit } from '../types';
import type { Layout } from './structure';

const K1 = 1.2;
const B = 0.75;
const VECTOR_BEST = 3;

/** BM25 of whole sessions, each as one document made of its messages. */
export function keywordSessions(
  hits: readonly KeywordHit[],
  corpus: Corpus,
  layout: Layout,
): ReadonlyMap<string, number> {
  const frequencies = new Map<string, Map<number, number>>();
  for (const { sessionId, numbers, frequencies: own } of hits) {
    if (sessionId === null || !layout.sessions.has(sessionId)) continue;
    const session = frequencies.get(sessionId) ?? new Map<number, number>();
    for (const [index, no] of numbers.entries()) session.set(no, (session.get(no) ?? 0) + (own[index] ?? 0));
    frequencies.set(sessionId, session);
  }
  const averageLength = (corpus.documents * corpus.averageLength) / Math.max(1, corpus.sessions);
  return new Map(
    [...frequencies].map(([sessionId, session]) => {
      const length = layout.sessions.get(sessionId)?.length ?? averageLength;
      const norm = K1 * (1 - B + (B * length) / averageLength);
      let score = 0;
      for (const [no, count] of session) {
        const inSessions = corpus.frequencies.get(no)?.sessions ?? 0;
        const idf = Math.log(1 + (corpus.sessions - inSessions + 0.5) / (inSessions + 0.5));
        score += (idf * count * (K1 + 1)) / (count + norm);
      }
      return [sessionId, score];
    }),
  );
}

/** What the best messages of a session have together: one close message may be chance, three are a topic. */
export function vectorSessions(hits: readonly LegHit[]): ReadonlyMap<string, number> {
  const best = new Map<string, number[]>();
  for (const { sessionId, score } of hits) {
    if (sessionId === null) continue;
    const scores = best.get(sessionId) ?? [];
    if (scores.length < VECTOR_BEST) best.set(sessionId, [...scores, score]);
  }
  return new Map([...best].map(([sessionId, scores]) => [sessionId, scores.reduce((sum, score) => sum + score, 0)]));
}
