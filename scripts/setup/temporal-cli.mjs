import { accessSync, constants, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './command.mjs';
import { SetupError, say, step } from './progress.mjs';
import { filesBelow } from './stamps.mjs';

// Later versions of this module have a `replace` in their go.mod and cannot be installed this way.
const GO_MODULE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';
const DOWNLOAD_HOST = 'https://temporal.download/cli/default';
const PROBE_TIMEOUT_MS = 5_000;
const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;
const EXECUTABLE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

/** Where programs that the set-up fetched are kept, for all checkouts of this user. */
export function cacheFolder(environment = process.env) {
  return path.join(environment.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'ventros/bin');
}

/**
 * Looks for the Temporal CLI without fetching anything: TEMPORAL_CLI_PATH, PATH, then the cache.
 *
 * @returns {string | undefined} its path
 * @throws {SetupError} if TEMPORAL_CLI_PATH names something that cannot be run
 */
export function findTemporalCli(environment = process.env) {
  const named = environment.TEMPORAL_CLI_PATH;
  if (named) {
    if (isExecutable(named)) return named;
    throw new SetupError(`TEMPORAL_CLI_PATH is ${named}, which is not an executable file. Correct it or unset it.`);
  }
  const folders = (environment.PATH ?? '').split(path.delimiter).filter(Boolean);
  return [...folders, cacheFolder(environment)]
    .map((folder) => path.join(folder, EXECUTABLE))
    .find((file) => isExecutable(file));
}

/**
 * Finds the Temporal CLI, or downloads it, or builds it with Go. Building takes minutes and needs nothing of this project,
 * so it does not wait for the packages; the download is done by one of them.
 *
 * @param {string} root
 * @param {Promise<void>} installed settles when the packages are there
 * @returns {Promise<string>} its path
 */
export async function provideTemporalCli(root, installed) {
  const found = findTemporalCli();
  if (found) return found;
  const target = path.join(cacheFolder(), EXECUTABLE);
  mkdirSync(path.dirname(target), { recursive: true });
  const failures = [];
  for (const provide of [download, buildWithGo]) {
    try {
      await provide(target, root, installed);
      return target;
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      failures.push(error.message);
    }
  }
  throw new SetupError(
    `The Temporal CLI is needed and could not be had:\n${failures.map((text) => `  - ${text}`).join('\n')}\n` +
      'Install it (https://docs.temporal.io/cli#install) or set TEMPORAL_CLI_PATH to it.',
  );
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

async function download(target, root, installed) {
  // Behind a firewall the SDK's download would hang for minutes: ask first whether the host answers at all.
  try {
    await fetch(DOWNLOAD_HOST, { method: 'HEAD', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
  } catch (error) {
    throw new SetupError(`download: ${new URL(DOWNLOAD_HOST).host} cannot be reached (${reason(error)})`);
  }
  await installed;
  const folder = `${target}-download-${process.pid}`;
  mkdirSync(folder, { recursive: true });
  try {
    const script = path.join(path.dirname(fileURLToPath(import.meta.url)), 'download-temporal-cli.mjs');
    await step('Downloading the Temporal CLI', () =>
      run(process.execPath, [script, folder], { cwd: root, timeoutMs: DOWNLOAD_TIMEOUT_MS, title: 'download' }),
    );
    const file = filesBelow(folder, isExecutable)[0];
    if (!file) throw new SetupError('download: no executable came with it');
    install(file, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function buildWithGo(target) {
  try {
    await run('go', ['version'], { title: 'go' });
  } catch (error) {
    throw new SetupError(`build: Go is not usable (${reason(error)}); with Go on PATH it can be built from source`);
  }
  const folder = `${target}-build-${process.pid}`;
  mkdirSync(folder, { recursive: true });
  say('· The Temporal CLI cannot be downloaded here; building it with Go, once (about 3 minutes)');
  try {
    await step('Building the Temporal CLI', () =>
      run('go', ['install', GO_MODULE], { env: { GOBIN: folder, GOFLAGS: '-modcacherw' }, title: 'go install' }),
    );
    install(path.join(folder, EXECUTABLE), target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts the file in its place in one step, so that another set-up running now never sees half of it. */
function install(file, target) {
  if (existsSync(target)) return;
  const near = `${target}-${process.pid}`;
  copyFileSync(file, near, constants.COPYFILE_FICLONE);
  renameSync(near, target);
}

function reason(error) {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
