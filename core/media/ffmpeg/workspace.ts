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

/** Longer than any attempt may take, so that a folder this old has no owner left. */
const STALE_AFTER_MS = 2 * 3600 * 1000;

/** Removes folders that killed processes left behind. For worker start-up. Returns how many there were. */
export async function sweepStaleWorkspaces(nowMs = Date.now()): Promise<number> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX));
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
