import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { errorMessage } from '../../core/errors';
import { CASES } from './cases';
import { writePromises } from './promise-table';
import { runCases } from './run';
import type { FaultCase } from './types';

const NEEDS_SERVER = `The fault cases need a real Postgres (16 or later, with pgvector) where they may create databases. Set DATABASE_URL to one:

  docker run -d --name ventros-faults -e POSTGRES_HOST_AUTH_METHOD=trust -p 127.0.0.1:55432:5432 pgvector/pgvector:pg17
  DATABASE_URL=postgresql://postgres@127.0.0.1:55432/postgres npm run faults

The database that it names is left alone: each case makes one of its own and drops it.`;

interface Options {
  full?: boolean;
  json?: string;
  list?: boolean;
  document?: boolean;
}

/** The cases with these ids in the order of the suite; all of them without ids. @throws Error that names an unknown one */
function select(ids: string[]): FaultCase[] {
  const wanted = new Set(ids.map((id) => id.toUpperCase()));
  const known = new Set(CASES.map(({ id }) => id));
  const unknown = [...wanted].filter((id) => !known.has(id));
  if (unknown.length > 0) throw new Error(`there is no case ${unknown.join(', ')}; npm run faults -- --list shows all`);
  return CASES.filter(({ id }) => wanted.size === 0 || wanted.has(id));
}

async function main(ids: string[], { full = false, json, list, document }: Options): Promise<void> {
  const cases = select(ids);
  if (list) {
    for (const { id, title, promise } of cases) console.log(`${id.padEnd(4)} ${title}\n     ${promise}`);
    return;
  }
  if (document) return writePromises(CASES);
  const databaseServerUrl = process.env['DATABASE_URL'];
  if (!databaseServerUrl) throw new Error(NEEDS_SERVER);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
  }
  const workDir = mkdtempSync(path.join(tmpdir(), 'ventros-faults-'));
  const reports = await runCases(cases, { full, databaseServerUrl, workDir, signal: stopping.signal });
  if (json) writeFileSync(json, `${JSON.stringify({ cases: reports }, null, 2)}\n`);
  const missed = reports.filter(({ pass }) => !pass);
  if (missed.length === 0) rmSync(workDir, { recursive: true, force: true });
  else process.exitCode = 1;
  console.log(`${reports.length - missed.length} of ${reports.length} cases hold${missedList(missed)}`);
}

const missedList = (missed: { id: string }[]) =>
  missed.length === 0 ? '' : `; missed: ${missed.map(({ id }) => id).join(', ')}`;

new Command('faults')
  .description(
    'Breaks the product on purpose, as real processes against a real Postgres, a Temporal server and the simulator, and shows what held.',
  )
  .argument('[ids...]', 'cases to run, for example F1 F2; all of them without')
  .option('--full', 'at full size, as promised in docs/reliability.md; without it, the short form')
  .option('--json <file>', 'also write {cases: [{id, pass, figures}]} there')
  .option('--list', 'show the cases and what they promise')
  .option('--document', 'write the table of promises into docs/reliability.md')
  .showHelpAfterError()
  .action(main)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(errorMessage(error));
    process.exitCode = 1;
  });
