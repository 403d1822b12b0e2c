import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PREFIX = 'ventros-media-';

/** A folder for one attempt, gone afterwards whatever happened. */
export async function withWorkspace<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), PREFIX));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where the wrapper script of one process lives: its pid is in the name, so that the sweep can tell whether it is used. */
export const WRAPPER_PREFIX = 'ventros-ffmpeg-';

/** Longer than any attempt may take, so that a folder this old has no owner left. */
const STALE_AFTER_MS = 2 * 3600 * 1000;

/** Removes folders that killed processes left behind. For worker start-up. Returns how many there were. */
export async function sweepStaleWorkspaces(nowMs = Date.now()): Promise<number> {
  const names = (await readdir(tmpdir())).filter(
    (name) => name.startsWith(PREFIX) || (name.startsWith(WRAPPER_PREFIX) && !isOwnerAlive(name)),
  );
  let removed = 0;
  for (const name of names) {
    const folder = path.join(tmpdir(), name);
    const found = await stat(folder).catch(() => null); // another worker may sweep at the same time
    if (found === null || nowMs - found.mtimeMs < STALE_AFTER_MS) continue;
    await rm(folder, { recursive: true, force: true });
    removed += 1;
  }
  return removed;
}

function isOwnerAlive(wrapperFolder: string): boolean {
  const pid = Number(wrapperFolder.slice(WRAPPER_PREFIX.length).split('-')[0]);
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Anything but "no such process" means that somebody has it.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
