import { DEFAULT_MIN_RELEVANCE } from '../../core/memory';
import type { Answered } from './ask';

const MINIMA = [DEFAULT_MIN_RELEVANCE, 0.15, 0.2, 0.25, 0.3];
const FIRST = 10;
const BANDS = [0, 0.05, 0.1, 0.2, 0.3, 0.5, 1];

interface NothingFigure {
  minRelevance: number;
  /** Of the answers "nothing relevant", how many are right. */
  precision: number;
  /** Of the questions without an answer, how many are told so. */
  recall: number;
  /** Questions with an answer that are told "nothing relevant". */
  answersLost: number;
  /** What is left of the evidence in the first ten when it is the minimum of every hit. */
  r10: number;
}

/** How well a minimum of relevance tells questions without an answer from the others, both asked without one. */
export function nothingRelevant(answerable: readonly Answered[], unanswerable: readonly Answered[]): NothingFigure[] {
  return [...new Set(MINIMA)].sort().map((minRelevance) => {
    const isNothing = ({ relevances }: Answered) => relevances.every((value) => value !== null && value < minRelevance);
    const right = unanswerable.filter(isNothing).length;
    const said = right + answerable.filter(isNothing).length;
    const kept = answerable.map(({ question, turns, relevances }) => {
      const first = new Set(turns.filter((_, index) => (relevances[index] ?? 1) >= minRelevance).slice(0, FIRST));
      return question.evidence.filter((id) => first.has(id)).length / question.evidence.length;
    });
    return {
      minRelevance,
      precision: rounded(said === 0 ? 1 : right / said),
      recall: rounded(right / Math.max(1, unanswerable.length)),
      answersLost: rounded((said - right) / Math.max(1, answerable.length)),
      r10: rounded(kept.reduce((sum, share) => sum + share, 0) / Math.max(1, kept.length)),
    };
  });
}

/** Hits by their relevance, and how many of them answer their question: equal when relevance is calibrated. */
export function calibration(answers: readonly Answered[]) {
  const hits = answers.flatMap(({ question, turns, relevances }) =>
    turns.map((id, index) => ({ relevance: relevances[index] ?? 0, isRight: question.evidence.includes(id) })),
  );
  return BANDS.slice(0, -1).flatMap((from, index) => {
    const to = BANDS[index + 1] ?? 1;
    const own = hits.filter(({ relevance }) => relevance >= from && relevance < to);
    if (own.length === 0) return [];
    return [
      {
        from,
        to,
        hits: own.length,
        meanRelevance: rounded(own.reduce((sum, { relevance }) => sum + relevance, 0) / own.length),
        shareThatAnswers: rounded(own.filter(({ isRight }) => isRight).length / own.length),
      },
    ];
  });
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
