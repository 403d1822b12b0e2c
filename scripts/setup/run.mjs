// node scripts/setup/run.mjs [--no-temporal] <compiled script> [arguments]
//
// Brings a checkout to where the script can run (dependencies, generated code, compiled code, Temporal CLI), skips what
// is already there, and becomes that script. Uses only what Node brings: on a fresh clone nothing is installed yet.
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflows, compile } from './build.mjs';
import { checkNodeVersion, installDependencies, makeFfmpegExecutable } from './dependencies.mjs';
import { generateCode } from './generate.mjs';
import { withLock } from './lock.mjs';
import { SetupError, say } from './progress.mjs';
import { provideTemporalCli } from './temporal-cli.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const args = process.argv.slice(2);
const [script, ...scriptArgs] = args[0] === '--no-temporal' ? args.slice(1) : args;
// Tests and benchmarks have a Temporal of their own, and so has the demo unless it is told otherwise.
const usesEnvironment = script === 'scripts/start/main.js' || scriptArgs.includes('--use-environment');
const needsTemporal = args[0] !== '--no-temporal' && !(usesEnvironment && process.env.TEMPORAL_ADDRESS);

try {
  if (!script) throw new SetupError('usage: node scripts/setup/run.mjs [--no-temporal] <compiled script> [arguments]');
  checkNodeVersion();
  await withLock(path.join(root, 'dist/.setup/lock'), async () => {
    const installed = installDependencies(root);
    const [cli] = await Promise.all([
      needsTemporal ? provideTemporalCli(root, installed) : undefined,
      installed.then(() => buildEverything(root)),
    ]);
    if (cli) process.env.TEMPORAL_CLI_PATH = cli;
  });
  // The script runs in this very process, so signals, the exit code and the terminal are its own, with nobody between
  // who could die and leave it behind.
  process.argv = [process.execPath, path.join(root, 'dist', script), ...scriptArgs];
  createRequire(import.meta.url)('node:module').runMain();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  // What still runs beside the step that failed is of no use any more.
  process.exit(1);
}

async function buildEverything(root) {
  makeFfmpegExecutable(root);
  await generateCode(root);
  await compile(root, { needsTests: script === 'scripts/test/main.js' });
  await bundleWorkflows(root);
}
