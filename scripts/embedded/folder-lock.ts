import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { acceptsConnections } from './ports';
import { identify, isStillRunning, type ProcessIdentity } from './process-identity';

/** A starting or ending server needs seconds; one that neither serves nor ends for so long is stuck. */
const WAIT_FOR_OWNER_MS = 30_000;
const POLL_MS = 100;

export interface LockOwner extends ProcessIdentity {
  /** Where it serves, if it serves anything; unset for an owner that is not asked. */
  port?: number;
}

/**
 * Takes a lock file for this process, if nobody has it. The lock of a process that is gone (killed, or the machine was
 * restarted and its number given to another program) is taken over.
 *
 * @returns a function that gives the lock back, or who has it.
 */
export function tryLock(file: string, port?: number): { unlock: () => void } | { owner: LockOwner } {
  const own = { ...identify(process.pid), ...(port === undefined ? {} : { port }) };
  for (;;) {
    if (create(file, JSON.stringify(own))) return { unlock: () => unlock(file, own.startedAt) };
    const owner = readOwner(file);
    if (owner && isStillRunning(owner)) return { owner };
    removeStale(file);
  }
}

/**
 * Makes this process the only one that opens what the file stands for. Its owner may be starting or ending: it is waited
 * for until it serves, or is gone.
 *
 * @param port on 127.0.0.1 where this process will serve.
 * @returns a function that gives the lock back.
 * @throws Error if another process has it and serves, or neither serves nor ends in 30 s.
 */
export async function lockForServer(file: string, what: string, port: number): Promise<() => void> {
  const deadline = Date.now() + WAIT_FOR_OWNER_MS;
  for (;;) {
    const taken = tryLock(file, port);
    if ('unlock' in taken) return taken.unlock;
    const { pid, port: ownerPort = 0 } = taken.owner;
    const isServing = await acceptsConnections(ownerPort);
    if (isServing || Date.now() > deadline) {
      const state = isServing ? '' : `, which neither serves nor ends since ${WAIT_FOR_OWNER_MS / 1000} s`;
      throw new Error(`${what} is open in process ${pid} (port ${ownerPort})${state}. Stop that one first.`);
    }
    await sleep(POLL_MS);
  }
}

/** Creates a file together with its content, so that nobody ever reads half of it. False if it is there already. */
function create(file: string, content: string): boolean {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, content);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function readOwner(file: string): LockOwner | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    // Given back between two looks.
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    const owner: LockOwner | null = JSON.parse(text);
    return owner && typeof owner.pid === 'number' ? owner : undefined;
  } catch (error) {
    // A crash of the machine can leave an empty file: nobody has it.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Two that find the same dead owner must not remove each other's new lock: whoever removes it looks again while nobody
 * else can. That takes microseconds, so a remover that is not running any more was killed in them.
 */
function removeStale(file: string): void {
  const remover = `${file}.removing`;
  if (!create(remover, JSON.stringify(identify(process.pid)))) {
    const other = readOwner(remover);
    if (!other || !isStillRunning(other)) rmSync(remover, { force: true });
    return;
  }
  const owner = readOwner(file);
  if (!owner || !isStillRunning(owner)) rmSync(file, { force: true });
  rmSync(remover, { force: true });
}

function unlock(file: string, startedAt: string | null | undefined): void {
  const owner = readOwner(file);
  if (owner?.pid === process.pid && owner.startedAt === startedAt) rmSync(file, { force: true });
}

const isCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code;
