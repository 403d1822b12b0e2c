import type { Answered } from './ask';

/** The mean share of the gold evidence within the first k. */
export function recallAt(k: number, answers: readonly Answered[]): number {
  return mean(answers.map(({ question, turns }) => shareWithin(turns.slice(0, k), question.evidence)));
}

export function sessionRecallAt(k: number, answers: readonly Answered[]): number {
  return mean(answers.map(({ sessions, goldSessions }) => shareWithin(sessions.slice(0, k), goldSessions)));
}

/** The share of questions with all of their evidence within the first k. */
export function allAt(k: number, answers: readonly Answered[]): number {
  return mean(answers.map(({ question, turns }) => (shareWithin(turns.slice(0, k), question.evidence) === 1 ? 1 : 0)));
}

export interface TurnRecall {
  r1: number;
  r5: number;
  r10: number;
  r20: number;
}

export function turnRecall(answers: readonly Answered[]): TurnRecall {
  return { r1: recallAt(1, answers), r5: recallAt(5, answers), r10: recallAt(10, answers), r20: recallAt(20, answers) };
}

/** R@10 and the number of questions, by kind. */
export function byKind(answers: readonly Answered[]): Record<string, { questions: number; r5: number; r10: number }> {
  const kinds = [...new Set(answers.map(({ question }) => question.kind))].sort();
  return Object.fromEntries(
    kinds.map((kind) => {
      const own = answers.filter(({ question }) => question.kind === kind);
      return [kind, { questions: own.length, r5: recallAt(5, own), r10: recallAt(10, own) }];
    }),
  );
}

export function percentileMs(share: number, answers: readonly Answered[]): number {
  const sorted = answers.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  return Math.round((sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0) * 10) / 10;
}

function shareWithin(found: readonly string[], wanted: readonly string[]): number {
  const known = new Set(found);
  return wanted.filter((id) => known.has(id)).length / Math.max(1, wanted.length);
}

function mean(values: readonly number[]): number {
  if (values.length === 0) return 0;
  return Math.round((values.reduce((sum, value) => sum + value, 0) / values.length) * 10_000) / 10_000;
}
