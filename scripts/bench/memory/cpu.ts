import { readBackendCpu, usedMs } from '../postgres-cpu';

/** CPU time of one search, in ms: steadier than its latency when something else runs. */
export interface SearchCpu {
  /** Of this process, which over gRPC is client and server. */
  process: number;
  /** Of the database's backends; null when the server is not on this machine. */
  postgres: number | null;
}

/** What `work` says, and what each of its `count` searches used. */
export async function withCpu<T extends object>(
  url: string,
  count: number,
  work: () => Promise<T>,
): Promise<T & { cpuMs: SearchCpu }> {
  const backendsBefore = await readBackendCpu(url);
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  const backends = usedMs(backendsBefore, await readBackendCpu(url));
  return {
    ...result,
    cpuMs: {
      process: rounded((user + system) / 1000 / count),
      postgres: backends === null ? null : rounded(backends / count),
    },
  };
}

const rounded = (ms: number): number => Math.round(10 * ms) / 10;
