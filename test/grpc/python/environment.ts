import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../../core/project-root';

const run = promisify(execFile);

export const PYTHON_SOURCES = path.join(projectRoot(), 'test/grpc/python');

export type PythonEnvironment = { python: string } | { missing: string };

/**
 * A virtual environment with the packages of a requirements file, made once per content of that file. Where there is no
 * Python or no package index, `missing` says what failed.
 */
export async function pythonEnvironment(
  requirements = path.join(PYTHON_SOURCES, 'requirements.txt'),
): Promise<PythonEnvironment> {
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = path.join(cacheFolder(), version);
  const python = path.join(folder, 'bin/python');
  const complete = path.join(folder, 'complete');
  if (existsSync(complete)) return { python };
  mkdirSync(path.dirname(folder), { recursive: true });
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', folder]],
    [python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]],
  ];
  for (const [command, args] of steps) {
    const problem = await run(command, args, { timeout: 300_000 }).then(() => null, describe);
    if (problem) return { missing: problem };
  }
  writeFileSync(complete, '');
  return { python };
}

/** Beside the Temporal CLI, so that a fresh checkout finds what an earlier one installed. */
function cacheFolder(): string {
  return path.join(process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'ventros/python');
}

function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n').slice(0, 3).join(' ');
}

/** Python modules of every proto of the product, in `folder`. */
export async function generateStubs(python: string, folder: string): Promise<void> {
  const protos = path.join(projectRoot(), 'proto');
  await run(python, [
    '-m',
    'grpc_tools.protoc',
    `--proto_path=${protos}`,
    `--python_out=${folder}`,
    `--grpc_python_out=${folder}`,
    path.join(protos, 'ventros/memory/v1/memory.proto'),
  ]);
}

/** Runs client.py and returns what it printed. */
export async function runClient(python: string, args: string[]): Promise<unknown> {
  const { stdout } = await run(python, [path.join(PYTHON_SOURCES, 'client.py'), ...args], { timeout: 120_000 });
  return JSON.parse(stdout);
}
