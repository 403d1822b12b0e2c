import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** A process that cannot be taken for a later one of the same number. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in the words of the system; null where that could not be found out. */
  startedAt: string | null;
}

/** The identity of a process that runs now; undefined if there is none with this number. */
export function identify(pid: number): ProcessIdentity | undefined {
  return isRunning(pid) ? { pid, startedAt: startOf(pid) } : undefined;
}

/** True if that very process still runs, and not another one that was given its number. */
export function isStillRunning({ pid, startedAt }: ProcessIdentity): boolean {
  const now = identify(pid);
  return now !== undefined && (startedAt === null || now.startedAt === null || now.startedAt === startedAt);
}

/** True if there is a process with this number. One that has ended and only waits to be looked at (a zombie) is gone. */
export function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists and belongs to someone else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const state = statFields(pid)?.[0];
  return state !== 'Z' && state !== 'X';
}

function startOf(pid: number): string | null {
  const fields = statFields(pid);
  // Field 22 of proc(5), in clock ticks since the machine was started; the fields here begin with the third.
  if (fields) return fields[19] ?? null;
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch (error) {
    // No ps here, or the process ended just now: nothing is known.
    if (error instanceof Error) return null;
    throw error;
  }
}

/** The fields of /proc/<pid>/stat from the state on; undefined where there is no such file. */
function statFields(pid: number): string[] | undefined {
  if (!existsSync('/proc/self/stat')) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before it may hold anything, also blanks and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    // It ended between two looks.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return ['X'];
    throw error;
  }
}
