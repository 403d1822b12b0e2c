import { percentile } from './percentiles';

export interface Percentiles {
  p50Ms: number;
  p95Ms: number;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

export function percentilesOf(latenciesMs: number[]): Percentiles {
  const sorted = [...latenciesMs].sort((a, b) => a - b);
  return { p50Ms: percentile(sorted, 0.5), p95Ms: percentile(sorted, 0.95) };
}
