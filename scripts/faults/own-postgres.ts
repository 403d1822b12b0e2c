import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseReady } from '../embedded/infrastructure';
import { anyFreePort } from '../embedded/ports';

/** A Postgres that belongs to one case, which may therefore take it away. */
export interface OwnPostgres {
  url: string;
  /** SIGQUIT: the server ends at once, every connection breaks, and its next start recovers from its log. */
  crash(): Promise<void>;
  /** @throws Error if it is not ready in 60 s */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

/** A Debian tree with PostgreSQL 17 and pgvector; the server runs in it by chroot, so this needs root. */
const TREE =
  process.env['NATIVE_PG_DIR'] ??
  path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'native-pg17');
const BIN = '/usr/lib/postgresql/17/bin';
const READY_LIMIT_MS = 60_000;

/** Null where there is no such tree, or no right to use it. */
export async function newPostgres(logFile: string): Promise<OwnPostgres | null> {
  if (process.getuid?.() !== 0 || !existsSync(path.join(TREE, BIN, 'postgres'))) return null;
  const data = `/var/lib/postgresql/faults-${randomBytes(4).toString('hex')}`;
  const port = await anyFreePort();
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  const inTree = ['--userspec=postgres:postgres', TREE];
  execFileSync('chroot', [...inTree, `${BIN}/initdb`, '-D', data, '-A', 'trust', '-U', 'postgres', '--locale=C.UTF-8']);
  let server: ChildProcess | undefined;
  const start = async () => {
    const log = openSync(logFile, 'a');
    const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'max_connections=200'];
    // The kernel ends the server when the runner dies, however it dies.
    const command = ['/usr/bin/setpriv', '--pdeathsig', 'QUIT', `${BIN}/postgres`, '-D', data];
    server = spawn('chroot', [...inTree, ...command, ...settings.flatMap((setting) => ['-c', setting])], {
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    for (const deadline = Date.now() + READY_LIMIT_MS; !(await isDatabaseReady(url)); await sleep(100))
      if (Date.now() > deadline) throw new Error(`the Postgres of the case is not ready; see ${logFile}`);
  };
  const crash = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGQUIT');
    await gone;
  };
  await start();
  return {
    url,
    crash,
    start,
    async remove() {
      await crash();
      rmSync(path.join(TREE, data), { recursive: true, force: true });
    },
  };
}
