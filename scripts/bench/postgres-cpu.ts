import { readFileSync } from 'node:fs';
import { Client } from 'pg';

/** Linux counts the CPU time of a process in hundredths of a second. */
const MS_PER_TICK = 10;

/** CPU time so far of each backend that serves a client of this database, by process id. */
export type BackendCpuMs = ReadonlyMap<number, number>;

/** Null when the server is not a Postgres on this machine, whose processes we could see. */
export async function readBackendCpu(url: string): Promise<BackendCpuMs | null> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_stat_activity
       where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    return cpuOf(rows.map(({ pid }) => pid));
  } finally {
    await client.end();
  }
}

/** What the backends used between two readings. One that ended in between is not counted. */
export function usedMs(before: BackendCpuMs | null, after: BackendCpuMs | null): number | null {
  if (before === null || after === null) return null;
  return [...after].reduce((sum, [pid, ms]) => sum + ms - (before.get(pid) ?? 0), 0);
}

function cpuOf(pids: number[]): BackendCpuMs | null {
  const cpu = new Map<number, number>();
  for (const pid of pids) {
    const stat = statOf(pid);
    if (stat === null) return null;
    // After the name, which is in brackets: state, ten numbers, then user and system time.
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    cpu.set(pid, (Number(user) + Number(system)) * MS_PER_TICK);
  }
  return cpu;
}

function statOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.includes('(postgres)') ? stat : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
