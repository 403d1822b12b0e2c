import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { acceptsConnections } from './ports';

/**
 * Makes this process the only one that opens a database folder: two at once would destroy it. A lock whose owner is
 * gone (killed, or the machine was restarted and the number given to another program) is taken over.
 *
 * @returns a function that gives the folder back.
 * @throws Error if another process has it.
 */
export async function lockDatabaseFolder(folder: string, port: number): Promise<() => void> {
  const file = path.join(folder, 'database.lock');
  while (!tryCreate(file, `${process.pid} ${port}`)) {
    const [pid = 0, ownerPort = 0] = readFileSync(file, 'utf8').split(' ').map(Number);
    if (isRunning(pid) && (await acceptsConnections(ownerPort))) {
      throw new Error(`${folder} is open in process ${pid} (port ${ownerPort}). Stop that one first.`);
    }
    rmSync(file, { force: true });
  }
  return () => rmSync(file, { force: true });
}

function tryCreate(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** True if there is a process with this number. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to someone else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
