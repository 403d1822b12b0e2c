import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { projectRoot } from '../../core/project-root';
import { createFreshDatabase } from '../embedded/fresh-database';
import { startInfrastructure, type Infrastructure } from '../embedded/infrastructure';
import { selectTests, type TestSelection } from './arguments';
import { coverageEnvironment, coverageTable } from './coverage';
import type { TestSummary } from './reporter';

const USAGE = `npm test [-- <path>… | <words of a test's name>]

Runs every test, or those below the given paths, or those whose name contains the words. They run on a database
in memory and a Temporal development server of their own; a full run is divided over two or three of both, side by side.
With DATABASE_URL they make a database of their own on that server and drop it at the end; then those in test/postgres
run too, which need a real one. The last line is "N passed, N failed, N skipped".`;

/** A developer's keys must not be spent by tests, nor their settings change what is tested. */
const PRODUCT_VARIABLES =
  /^(VENTROS_|DATABASE_|TEMPORAL_NAMESPACE|API_|GRPC_|WORKERS_|PUBLIC_URL|MEDIA_|ENCRYPTION_KEY|ALLOWED_|WEBHOOK_|VISION_|SPEECH_|DOCUMENT_|LANGUAGE_|EMBEDDINGS_|VERTEX_|GROQ_|OPENAI_|LLAMA|JINA_|RERANKER|ENRICHMENT_|OUTBOX_|METRICS_|PRICES_|INTENT_|GOOGLE_)/;

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) return void console.log(USAGE);
  const root = projectRoot();
  const compiled = path.join(__dirname, '../..');
  const work = mkdtempSync(path.join(tmpdir(), 'ventros-test-'));
  const selection = selectTests(args);
  const files = testFilesOf(compiled, selection);
  if (files.length === 0) throw new Error(`no test files below ${selection.paths.join(', ')}`);

  // Ctrl-C reaches mocha by itself; we stay to stop the servers after it.
  process.on('SIGINT', () => {});
  let summary: TestSummary;
  try {
    const measured = selection.isFullRun ? coverageEnvironment(work) : {};
    const lanes = lanesOf(files, selection);
    // One that cannot start must not take away the folder of the other.
    const results = await Promise.allSettled(
      lanes.map((laneFiles, index) => runLane(root, laneFiles, selection, path.join(work, `lane-${index}`), measured)),
    );
    summary = sumOf(results.map(summaryOf));
    if (selection.isFullRun) {
      console.log(slowestFiles(summary, compiled));
      console.log(await coverageTable(root, compiled, work));
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  if (summary.failed > 0) process.exitCode = 1;
  console.log(`${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped`);
}

/**
 * A full run is divided over processes, each with a database and a Temporal server of its own: one more than there are
 * cores, because tests mostly wait, and no more than fit into the memory of a laptop.
 */
const MOST_LANES = 3;

/** Neighbours take about as long as each other, so the files are dealt out in turn. */
function lanesOf(files: string[], { isFullRun }: TestSelection): string[][] {
  const count = isFullRun ? Math.min(MOST_LANES, availableParallelism() + 1) : 1;
  return Array.from({ length: count }, (_, lane) => files.filter((_file, index) => index % count === lane));
}

/** Runs files one after the other, in one process, on servers of their own. */
async function runLane(
  root: string,
  files: string[],
  selection: TestSelection,
  work: string,
  measured: NodeJS.ProcessEnv,
): Promise<TestSummary> {
  mkdirSync(work, { recursive: true });
  const server = process.env['DATABASE_URL'];
  const freshDatabase = server ? await createFreshDatabase(server) : undefined;
  let infrastructure: Infrastructure | undefined;
  try {
    infrastructure = await startInfrastructure({
      dataDir: null,
      logDir: path.join(work, 'logs'),
      databaseUrl: freshDatabase?.url,
      events: { onExit: (name, how) => console.error(`! ${name} ended with ${how} during the tests`) },
    });
    const summaryFile = path.join(work, 'summary.json');
    const env = testEnvironment({
      DATABASE_URL: infrastructure.databaseUrl,
      // The clients of the embedded database share one session, and with it the names of its statements.
      DATABASE_PREPARED_STATEMENTS: freshDatabase ? 'true' : 'false',
      TEMPORAL_ADDRESS: infrastructure.temporalAddress,
      MEDIA_DIR: path.join(work, 'media'),
      VENTROS_TEST_SUMMARY: summaryFile,
      ...measured,
    });
    const exitCode = await runMocha(root, files, selection, env);
    return readSummary(summaryFile, exitCode);
  } finally {
    await infrastructure?.stop();
    await freshDatabase?.drop();
  }
}

function summaryOf(result: PromiseSettledResult<TestSummary>): TestSummary {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

function sumOf(summaries: TestSummary[]): TestSummary {
  return summaries.reduce((sum, { passed, failed, skipped, seconds }) => ({
    passed: sum.passed + passed,
    failed: sum.failed + failed,
    skipped: sum.skipped + skipped,
    seconds: { ...sum.seconds, ...seconds },
  }));
}

const SLOWEST = 15;

/** Where the time of the run went. */
function slowestFiles({ seconds }: TestSummary, compiled: string): string {
  const slowest = Object.entries(seconds)
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, SLOWEST)
    .map(
      ([file, took]) => `  ${took.toFixed(1).padStart(6)} s  ${path.relative(compiled, file).replace(/\.js$/, '.ts')}`,
    );
  return ['Slowest files:', ...slowest, ''].join('\n');
}

function testFilesOf(compiled: string, { paths }: TestSelection): string[] {
  const withPostgres = Boolean(process.env['DATABASE_URL']);
  return paths
    .flatMap((name) => testFiles(path.join(compiled, name)))
    .filter((file) => withPostgres || !file.startsWith(path.join(compiled, 'test/postgres/')))
    .sort();
}

function testFiles(target: string): string[] {
  if (!existsSync(target)) throw new Error(`there is no ${target}`);
  if (statSync(target).isFile()) return [target];
  return readdirSync(target, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => path.join(target, name));
}

function testEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !PRODUCT_VARIABLES.test(name));
  return {
    ...Object.fromEntries(inherited),
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'silent',
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ...own,
  };
}

/** Of one test or hook. On a machine that is busy with other things all takes several times as long as by itself. */
const LONGEST_TEST_MS = 180_000;

function runMocha(root: string, files: string[], { grep }: TestSelection, env: NodeJS.ProcessEnv): Promise<number> {
  const mocha = path.join(root, 'node_modules/mocha/bin/_mocha');
  const options = ['--reporter', path.join(__dirname, 'reporter.js'), '--timeout', String(LONGEST_TEST_MS)];
  const globalSetup = path.join(__dirname, '../../test/support/global-setup.js');
  options.push('--require', globalSetup);
  if (grep) options.push('--fgrep', grep);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--enable-source-maps', mocha, ...options, ...files], {
      cwd: root,
      env: { ...env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) },
      stdio: ['inherit', 'pipe', 'inherit'],
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ? 1 : (code ?? 1)));
    printByParagraph(child.stdout);
    const forward = (signal: NodeJS.Signals) => child.kill(signal);
    process.on('SIGTERM', forward);
  });
}

/** mocha leaves an empty line after the tests of a subject: what two processes print at once stays together by it. */
function printByParagraph(output: Readable): void {
  let paragraph: string[] = [];
  const print = () => {
    if (paragraph.length > 0) process.stdout.write(`${paragraph.join('\n')}\n`);
    paragraph = [];
  };
  createInterface({ input: output })
    .on('line', (line) => {
      paragraph.push(line);
      if (line.trim() === '') print();
    })
    .once('close', print);
}

/** A run that broke off without a summary counts as one failure, and so does a failed exit with only passed tests. */
function readSummary(file: string, exitCode: number): TestSummary {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0, seconds: {} };
  const summary: TestSummary = JSON.parse(readFileSync(file, 'utf8'));
  return exitCode !== 0 && summary.failed === 0 ? { ...summary, failed: 1 } : summary;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
});
