import type { Deadline } from '../deadline';
import type { MemoryHit, SearchRequest } from '../types';
import type { Answer } from './answer-cache';

/** So many of the best hits are read again: beyond them hardly anything answers, and each costs tokens. */
const LEAST_CANDIDATES = 30;
/** Longer texts are cut: the reranker reads about as much, and every character is paid for. */
const MAX_CHARACTERS = 2_000;

export function rerankCandidates(topK: number): number {
  return Math.max(LEAST_CANDIDATES, topK);
}

/**
 * The answer in the reranker's order, cut to what was asked for. Without one in time the order stays and `degraded` names
 * `rerank`. Runs outside any transaction: nobody waits for a connection while a provider thinks.
 */
export async function rerankAnswer(
  answer: Answer,
  { query, topK }: SearchRequest,
  { rerank, deadline }: { rerank: NonNullable<SearchRequest['rerank']>; deadline: Deadline },
): Promise<Answer> {
  const { results } = answer;
  if (results.length < 2) return { ...answer, results: results.slice(0, topK) };
  const texts = results.map(({ content }) => content.slice(0, MAX_CHARACTERS));
  const { order, reason } = await rerank({ query, texts, topN: topK, timeoutMs: deadline.remainingMs() });
  if (order === null) {
    return {
      ...answer,
      results: results.slice(0, topK),
      degraded: [...answer.degraded, 'rerank'],
      degradedReasons: [...answer.degradedReasons, reason],
    };
  }
  const ranked = order.flatMap(({ index, score }): MemoryHit[] => {
    const hit = results[index];
    return hit ? [{ ...hit, rerankScore: score }] : [];
  });
  return { ...answer, results: ranked.slice(0, topK) };
}
