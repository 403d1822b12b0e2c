import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { lockForServer } from './folder-lock';
import { identify, isStillRunning, type ProcessIdentity } from './process-identity';
import { DYNAMIC_CONFIG, SEARCH_ATTRIBUTES } from './temporal-settings';

/** What a server that was told to end gets for it. */
const LEFT_OVER_LIMIT_MS = 10_000;

interface Options {
  port: number;
  uiPort?: number;
  dataDir?: string;
  cli: string;
}

/** The Temporal development server, held by a process that ends with its parent and takes the server along. */
async function main({ port, uiPort, dataDir, cli }: Options): Promise<void> {
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'error'];
  args.push(...(uiPort ? ['--ui-port', String(uiPort)] : ['--headless']));
  for (const name of SEARCH_ATTRIBUTES) args.push('--search-attribute', `${name}=Keyword`);
  for (const [key, value] of Object.entries(DYNAMIC_CONFIG)) args.push('--dynamic-config-value', `${key}=${value}`);
  const serverFile = dataDir ? path.join(dataDir, 'server.json') : undefined;
  let unlock = () => {};
  if (dataDir && serverFile) {
    mkdirSync(dataDir, { recursive: true });
    args.push('--db-filename', path.join(dataDir, 'temporal.db'));
    unlock = await lockForServer(path.join(dataDir, 'temporal.lock'), dataDir, port);
    await endLeftOver(serverFile);
  }

  // On Linux the kernel ends the server when this process dies, however it dies.
  const setpriv = '/usr/bin/setpriv';
  const [command, ...rest] = existsSync(setpriv) ? [setpriv, '--pdeathsig', 'TERM', cli, ...args] : [cli, ...args];
  const server = spawn(command ?? cli, rest, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (serverFile && server.pid) writeFileSync(serverFile, JSON.stringify(identify(server.pid) ?? null));

  let stopping = false;
  const stop = () => {
    stopping = true;
    server.kill('SIGTERM');
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  server.on('error', (error) => {
    console.error(`the Temporal server could not be started from ${cli}: ${error.message}`);
    process.exit(1);
  });
  server.on('exit', (code, signal) => {
    if (serverFile) rmSync(serverFile, { force: true });
    unlock();
    if (!stopping) console.error(`the Temporal server ended with ${signal ?? `exit code ${code}`}`);
    process.exit(stopping ? 0 : 1);
  });
}

/**
 * Where the kernel cannot do it (macOS), and for a moment elsewhere, a server whose holder was killed is still running and
 * holds the file. Called under the lock, so its holder is gone.
 */
async function endLeftOver(serverFile: string): Promise<void> {
  if (!existsSync(serverFile)) return;
  const leftOver: ProcessIdentity | null = JSON.parse(readFileSync(serverFile, 'utf8') || 'null');
  if (leftOver) {
    endIfRunning(leftOver, 'SIGTERM');
    for (const deadline = Date.now() + LEFT_OVER_LIMIT_MS; isStillRunning(leftOver); await sleep(50)) {
      if (Date.now() > deadline) endIfRunning(leftOver, 'SIGKILL');
    }
  }
  rmSync(serverFile, { force: true });
}

function endIfRunning(server: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    if (isStillRunning(server)) process.kill(server.pid, signal);
  } catch (error) {
    // It ended between the two.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

const program = new Command('temporal')
  .description('The Temporal development server with the search attributes and limits of the product.')
  .requiredOption('--port <number>', 'port on 127.0.0.1', Number)
  .requiredOption('--cli <path>', 'the Temporal CLI')
  .option('--ui-port <number>', 'port of the Web UI; without it there is none', Number)
  .option('--data-dir <folder>', 'where it keeps its data; without it everything is lost at the end')
  .action(main);

void program.parseAsync();
