/** What a run of one side came to. */
export interface Measured {
  throughputPerSecond: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

export function percentile(sortedMs: number[], share: number): number {
  if (sortedMs.length === 0) return 0;
  const index = Math.min(sortedMs.length - 1, Math.ceil(share * sortedMs.length) - 1);
  return round(sortedMs[Math.max(0, index)] ?? 0);
}

/** Nearest-rank percentiles of latencies, and the count over the time they took together. */
export function measured(latenciesMs: number[], tookMs: number): Measured {
  const sorted = [...latenciesMs].sort((a, b) => a - b);
  return {
    throughputPerSecond: round((latenciesMs.length * 1000) / tookMs),
    p50Ms: percentile(sorted, 0.5),
    p95Ms: percentile(sorted, 0.95),
    p99Ms: percentile(sorted, 0.99),
  };
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
