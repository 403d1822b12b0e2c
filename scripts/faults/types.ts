import type { Stage, StageOptions } from './stage';

/** One number, word or answer of a case, named with its unit: `recoveredAfterMs`, `duplicateSends`. */
export type Figure = number | string | boolean | null;
export type Figures = Record<string, Figure>;

export interface Outcome {
  pass: boolean;
  figures: Figures;
}

/** What a case is given. What it opens is closed after it, also when it throws or takes too long. */
export interface FaultContext {
  /** A server where the case may create databases, never one to restart. */
  databaseServerUrl: string;
  /** A folder of the case's own, kept when it misses. */
  workDir: string;
  /** Opens a stage: a database of its own, a Temporal server, a simulator, and the product as processes once started. */
  stage(options?: StageOptions): Promise<Stage>;
  /** Shows how far a long case is. */
  say(progress: string): void;
  /** Runs when the case is over, last in first out. */
  atEnd(close: () => Promise<void> | void): void;
}

/** One fault and what must hold under it. */
export interface FaultCase {
  /** As in docs/reliability.md: `F1`. */
  id: string;
  /** The fault, in one line. */
  title: string;
  /** What is promised to those who run the product, in one sentence: docs/reliability.md is made of these. */
  promise: string;
  /** It holds times against limits that a busy machine would break: nothing else runs beside it. */
  runsAlone?: true;
  /** @param full the promise at full size; without it the short form that every change is checked with */
  run(context: FaultContext, options: { full: boolean }): Promise<Outcome>;
}

/** The outcome of a case: it passes when every check holds; those that do not are named among the figures. */
export function outcome(figures: Figures, checks: Record<string, boolean>): Outcome {
  const missed = Object.entries(checks).flatMap(([name, holds]) => (holds ? [] : [name]));
  return {
    pass: missed.length === 0,
    figures: missed.length === 0 ? figures : { ...figures, missed: missed.join('; ') },
  };
}
