import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts the CPU time of a process in hundredths of a second. */
const MS_PER_TICK = 10;

/** CPU time so far of each part, by its name. Empty where the kernel does not tell (anywhere but on Linux). */
export type CpuByPart = Readonly<Record<string, number>>;

/** @param parts the process of each; one that leads a group counts with the group, as the Temporal server with its holder. */
export function readCpu(parts: ReadonlyMap<string, number | undefined>): CpuByPart {
  const { byProcess, byGroup } = cpuOfAll();
  return Object.fromEntries(
    [...parts].flatMap(([name, pid]) => {
      const ms = pid === undefined ? undefined : (byGroup.get(pid) ?? byProcess.get(pid));
      return ms === undefined ? [] : [[name, ms]];
    }),
  );
}

/** What each part used between two readings, for one of `count` pieces of work, in milliseconds. */
export function cpuPerPiece(before: CpuByPart, after: CpuByPart, count: number): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, ms]) => [name, Math.round(((ms - (before[name] ?? 0)) / count) * 10) / 10]),
  );
}

function cpuOfAll() {
  const byProcess = new Map<number, number>();
  const byGroup = new Map<number, number>();
  for (const name of processes()) {
    const stat = statOf(name);
    if (stat === null) continue;
    // After the name, which is in brackets: state, parent, group, then eight numbers, then user and system time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ms = (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
    const group = Number(fields[2]);
    byProcess.set(Number(name), ms);
    byGroup.set(group, (byGroup.get(group) ?? 0) + ms);
  }
  return { byProcess, byGroup };
}

function processes(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

function statOf(pid: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    // It ended meanwhile.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return null;
    throw error;
  }
}
