import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { isRunning } from './folder-lock';
import { DYNAMIC_CONFIG, SEARCH_ATTRIBUTES } from './temporal-settings';

interface Options {
  port: number;
  uiPort?: number;
  dataDir?: string;
  cli: string;
}

/** The Temporal development server, held by a process that ends with its parent and takes the server along. */
function main({ port, uiPort, dataDir, cli }: Options): void {
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'error'];
  args.push(...(uiPort ? ['--ui-port', String(uiPort)] : ['--headless']));
  for (const name of SEARCH_ATTRIBUTES) args.push('--search-attribute', `${name}=Keyword`);
  for (const [key, value] of Object.entries(DYNAMIC_CONFIG)) args.push('--dynamic-config-value', `${key}=${value}`);
  const pidFile = dataDir ? path.join(dataDir, 'temporal.pid') : undefined;
  if (dataDir) {
    mkdirSync(dataDir, { recursive: true });
    args.push('--db-filename', path.join(dataDir, 'temporal.db'));
  }
  if (pidFile) endLeftOver(pidFile);

  // On Linux the kernel ends the server when this process dies, however it dies.
  const setpriv = '/usr/bin/setpriv';
  const [command, ...rest] = existsSync(setpriv) ? [setpriv, '--pdeathsig', 'TERM', cli, ...args] : [cli, ...args];
  const server = spawn(command ?? cli, rest, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (pidFile && server.pid) writeFileSync(pidFile, String(server.pid));

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
    if (pidFile) rmSync(pidFile, { force: true });
    if (!stopping) console.error(`the Temporal server ended with ${signal ?? `exit code ${code}`}`);
    process.exit(stopping ? 0 : 1);
  });
}

/** Where the kernel cannot do it (macOS), a server whose holder was killed is still running and holds the file. */
function endLeftOver(pidFile: string): void {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const commandLine = `/proc/${pid}/cmdline`;
  const isOurs =
    !existsSync('/proc') || (existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes('start-dev'));
  if (pid > 0 && isOurs && isRunning(pid)) process.kill(pid, 'SIGTERM');
  rmSync(pidFile, { force: true });
}

const program = new Command('temporal')
  .description('The Temporal development server with the search attributes and limits of the product.')
  .requiredOption('--port <number>', 'port on 127.0.0.1', Number)
  .requiredOption('--cli <path>', 'the Temporal CLI')
  .option('--ui-port <number>', 'port of the Web UI; without it there is none', Number)
  .option('--data-dir <folder>', 'where it keeps its data; without it everything is lost at the end')
  .action(main);

void program.parseAsync();
