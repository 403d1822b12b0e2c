import { spawnSync } from 'node:child_process';

let hasSetpriv: boolean | null = null;

/** Whether `setpriv` (util-linux) can ask the kernel to end a child when its parent ends. Linux only; looked up once. */
export function canDieWithParent(): boolean {
  hasSetpriv ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore', env: {} }).status === 0;
  return hasSetpriv;
}

/**
 * The same command, made to die with this process where the system can do that. Without it, a worker killed by SIGKILL
 * leaves its children running. Spawn from the main thread: the kernel watches the thread that spawned.
 */
export function dieWithParent(command: string, args: readonly string[]): { command: string; args: string[] } {
  if (!canDieWithParent()) return { command, args: [...args] };
  return { command: 'setpriv', args: ['--pdeathsig', 'KILL', '--', command, ...args] };
}
