import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';

/** The folders that PATH names. One without a name would be the present folder, where no program is looked for. */
export function pathFolders(environment: NodeJS.ProcessEnv = process.env): string[] {
  return (environment['PATH'] ?? '').split(path.delimiter).filter(Boolean);
}

/** The first program of this name in the folders, of PATH if none are given; undefined when there is none. Starts no process. */
export function findProgram(name: string, folders: readonly string[] = pathFolders()): string | undefined {
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

/** Whether this is a file that this process may run. */
export function isExecutable(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
