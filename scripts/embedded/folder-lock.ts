import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { acceptsConnections } from './ports';

/**
 * Makes this process the only one that uses a folder for what `name` says: two databases on one folder would destroy it.
 * The owner shows that it lives by an open port, because a process number alone can belong to another program after the
 * machine was restarted. A lock whose owner is gone is taken over.
 *
 * @returns a function that gives the folder back.
 * @throws Error if another process has it.
 */
export async function lockFolder(folder: string, name: string): Promise<() => void> {
  const file = path.join(folder, `${name}.lock`);
  const server = net.createServer((socket) => socket.destroy());
  const port = await listen(server);
  // The lock must not keep its owner alive.
  server.unref();
  while (!tryCreate(file, `${process.pid} ${port}`)) {
    const [pid = 0, ownerPort = 0] = readFileSync(file, 'utf8').split(' ').map(Number);
    if (isRunning(pid) && (await acceptsConnections(ownerPort))) {
      server.close();
      throw new Error(`${folder} is open in process ${pid} (${name}). Stop that one first.`);
    }
    rmSync(file, { force: true });
  }
  return () => {
    rmSync(file, { force: true });
    server.close();
  };
}

function listen(server: net.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address && typeof address === 'object') resolve(address.port);
      else reject(new Error('the system gave no port'));
    });
  });
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
