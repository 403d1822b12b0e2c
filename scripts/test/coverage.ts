import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';

/** What is measured: the product, without generated code. */
const FOLDERS = ['core', 'workflows', 'activities', 'api', 'workers'];

interface RawCoverage {
  result: { url: string }[];
}

interface FileSummary {
  lines: { total: number; covered: number };
  branches: { total: number; covered: number };
}

/**
 * The environment in which V8 writes the coverage of every process of a run into `work`, and of the workflow sandbox too:
 * it runs in a thread of the worker and is measured like any other code, as long as its bundle lies in a file.
 */
export function coverageEnvironment(work: string): NodeJS.ProcessEnv {
  const bundles = path.join(work, 'bundles');
  mkdirSync(bundles, { recursive: true });
  return { NODE_V8_COVERAGE: path.join(work, 'v8'), VENTROS_TEST_BUNDLES: bundles };
}

/** Makes the report in coverage/ and answers a table with one line per folder of the product. */
export async function coverageTable(root: string, compiled: string, work: string): Promise<string> {
  const raw = path.join(work, 'v8');
  keepProductOnly(raw, [compiled, path.join(work, 'bundles')]);
  const reports = path.join(root, 'coverage');
  const include = FOLDERS.flatMap((folder) => ['--include', `${folder}/**/*.ts`]);
  const options = ['report', '--temp-directory', raw, '--reports-dir', reports, '--exclude-after-remap', '--all'];
  const reporters = ['--reporter', 'json-summary', '--reporter', 'lcovonly'];
  const c8 = path.join(root, 'node_modules/c8/bin/c8.js');
  await promisify(execFile)(
    process.execPath,
    [
      c8,
      ...options,
      ...include,
      ...typesOnly(compiled),
      '--exclude',
      '**/generated/**',
      '--exclude',
      '**/*.d.ts',
      ...reporters,
    ],
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
  );
  return describe(root, JSON.parse(readFileSync(path.join(reports, 'coverage-summary.json'), 'utf8')));
}

/** Files of types alone leave no code to run, and would count as never run. */
function typesOnly(compiled: string): string[] {
  const empty = /^(?:"use strict";|Object\.defineProperty\(exports, "__esModule", \{ value: true \}\);|\/\/.*|\s)*$/;
  return FOLDERS.flatMap((folder) =>
    readdirSync(path.join(compiled, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.js') && empty.test(readFileSync(path.join(compiled, folder, name), 'utf8')))
      .flatMap((name) => ['--exclude', `${folder}/${name.replace(/\.js$/, '.ts')}`]),
  );
}

/** A process measures every package it loads. Leaving those out first makes the report a matter of seconds. */
function keepProductOnly(folder: string, kept: string[]): void {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    const coverage: RawCoverage = JSON.parse(readFileSync(file, 'utf8'));
    const isKept = ({ url }: { url: string }) =>
      url.startsWith('file://') && kept.some((top) => fileURLToPath(url).startsWith(`${top}${path.sep}`));
    writeFileSync(file, JSON.stringify({ ...coverage, result: coverage.result.filter(isKept) }));
  }
}

function describe(root: string, summary: Record<string, FileSummary>): string {
  const lines = FOLDERS.map((folder) => {
    const files = Object.entries(summary).filter(([file]) => file.startsWith(path.join(root, folder) + path.sep));
    const percent = (kind: keyof FileSummary) => {
      const total = files.reduce((sum, [, file]) => sum + file[kind].total, 0);
      const covered = files.reduce((sum, [, file]) => sum + file[kind].covered, 0);
      return `${((100 * covered) / Math.max(total, 1)).toFixed(1)} %`.padStart(8);
    };
    return `  ${`${folder}/`.padEnd(12)} lines ${percent('lines')}   branches ${percent('branches')}`;
  });
  return ['Coverage (by file in coverage/lcov.info):', ...lines, ''].join('\n');
}
