import { execFile } from 'node:child_process';
import { mkdirSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { findProgram, isExecutable, pathFolders } from '../../core/config/programs';
import { locateFfmpeg } from '../../core/media/ffmpeg/locate';
import { errorMessage } from '../../core/errors';
import { isPortFree } from '../embedded/ports';
import { failure, ok, warning, type Check } from './checks';

const run = promisify(execFile);
const LOW_DISK_BYTES = 2 * 1024 ** 3;

/** What a program prints about its version, or undefined if it does not run. */
async function firstLine(command: string, args: string[]): Promise<string | undefined> {
  return run(command, args, { timeout: 10_000 }).then(
    ({ stdout, stderr }) => (stdout || stderr).split('\n')[0]?.trim(),
    () => undefined,
  );
}

/** Node, npm, ffmpeg, disk and ports. */
export function checkMachine(environment: NodeJS.ProcessEnv, dataDir: string): Promise<Check[]> {
  return Promise.all([
    Promise.resolve(ok('Node', process.versions.node)),
    checkNpm(),
    checkFfmpeg(environment['FFMPEG_PATH']),
    Promise.resolve(checkDisk(dataDir)),
    checkPorts(environment),
  ]);
}

async function checkNpm(): Promise<Check> {
  const version = await firstLine('npm', ['--version']);
  return version
    ? ok('npm', version)
    : failure('npm', 'does not run', 'Install npm, it comes with Node from https://nodejs.org');
}

async function checkFfmpeg(ffmpegPath: string | undefined): Promise<Check> {
  let isBundled = false;
  const onWarning = () => (isBundled = true);
  let file: string;
  try {
    file = await locateFfmpeg(ffmpegPath ? { ffmpegPath, onWarning } : { onWarning });
  } catch (error) {
    return failure('ffmpeg', errorMessage(error), 'Install ffmpeg (apt install ffmpeg, brew install ffmpeg).');
  }
  const version = (await firstLine(file, ['-version'])) ?? file;
  if (!isBundled) return ok('ffmpeg', version);
  return warning(
    'ffmpeg',
    `only the 2018 build that came with npm: ${version}`,
    'Install ffmpeg (apt install ffmpeg, brew install ffmpeg) before real customers send files.',
  );
}

function checkDisk(dataDir: string): Check {
  mkdirSync(dataDir, { recursive: true });
  const { bavail, bsize } = statfsSync(dataDir);
  const freeBytes = bavail * bsize;
  const detail = `${(freeBytes / 1024 ** 3).toFixed(1)} GB free for ${dataDir}`;
  return freeBytes > LOW_DISK_BYTES
    ? ok('Disk', detail)
    : warning('Disk', detail, 'Free some space: media, database and logs are kept there.');
}

async function checkPorts(environment: NodeJS.ProcessEnv): Promise<Check> {
  const wanted = { API: environment['API_PORT'] ?? 8080, gRPC: environment['GRPC_PORT'] ?? 50_051 };
  const busy: string[] = [];
  for (const [name, port] of Object.entries(wanted))
    // What is no port at all is told by the check of the configuration.
    if (Number.isInteger(Number(port)) && !(await isPortFree(Number(port)))) busy.push(`${name} ${port}`);
  if (busy.length === 0)
    return ok(
      'Ports',
      Object.entries(wanted)
        .map(([name, port]) => `${name} ${port}`)
        .join(', '),
    );
  return warning(
    'Ports',
    `in use: ${busy.join(', ')}`,
    'Fine if the product is running; npm start takes the next free ones.',
  );
}

/** The Temporal CLI as the set-up looks for it, without fetching it. */
export async function checkTemporalCli(environment: NodeJS.ProcessEnv): Promise<Check> {
  const cache = environment['XDG_CACHE_HOME'] || path.join(environment['HOME'] ?? '', '.cache');
  const given = environment['TEMPORAL_CLI_PATH'];
  const file =
    given && isExecutable(given)
      ? given
      : findProgram('temporal', [...pathFolders(environment), path.join(cache, 'ventros/bin')]);
  const version = file ? await firstLine(file, ['--version']) : undefined;
  if (version) return ok('Temporal CLI', version);
  return warning(
    'Temporal CLI',
    'not found',
    'npm start fetches it, or install it: https://docs.temporal.io/cli#install',
  );
}
