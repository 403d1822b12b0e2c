import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Command } from 'commander';
import { loadConfig, type Config } from '../../core/config';
import { createDatabase } from '../../core/database';
import { errorMessage } from '../../core/errors';
import { loadPrices, type PriceTable } from '../../core/money/price-table';
import { unpricedModels } from '../../core/money/unpriced-models';
import { chainModels } from '../../core/observability/chain-models';
import { projectRoot } from '../../core/project-root';
import { checkEmbedder } from '../../core/providers/check-embedder';
import { checkProviders } from '../../core/providers/check';
import type { ConfiguredModel } from '../../core/providers/models';
import { unconfigured } from '../../core/providers/requirements';
import { failure, ok, warning, type Check } from './checks';
import { checkMachine, checkTemporalCli } from './machine';
import { checkDatabase, checkTemporal } from './servers';

/** What the configuration says, and whether each provider it names answers with its key and model. */
async function checkConfiguration(environment: NodeJS.ProcessEnv, inChains: ConfiguredModel[]): Promise<Check[]> {
  let config: Config;
  try {
    // The two that npm start makes by itself must not look missing here.
    config = loadConfig({
      DATABASE_URL: 'postgresql://embedded',
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      ...environment,
    });
  } catch (error) {
    return [failure('Configuration', errorMessage(error), 'Correct the variables named here.')];
  }
  const answers = (await checkProviders(config, inChains)).map((provider) => {
    const name = `${provider.kind}: ${provider.name}${USES[provider.use]}`;
    if (provider.status === 'ok') return ok(name, provider.model);
    const tell = provider.status === 'warning' ? warning : failure;
    return tell(name, provider.problem ?? `${provider.model} does not work`, provider.advice ?? 'Check its variables.');
  });
  const absent = unconfigured(config).map(({ kind, name, lacks, advice }) =>
    warning(`${kind}: ${name}`, ABSENT[lacks], advice),
  );
  return [
    ok('Configuration', 'readable'),
    ...checkPrices(config, inChains),
    ...answers,
    ...absent,
    ...(await vectorWidth(config)),
  ];
}

/** That the price file can be used, and that every model of the configuration has its row. */
function checkPrices(config: Config, inChains: ConfiguredModel[]): Check[] {
  let prices: PriceTable;
  try {
    prices = loadPrices({ file: config.PRICES_FILE });
  } catch (error) {
    return [failure('Prices', errorMessage(error), 'Correct these rows: no process starts with this file.')];
  }
  const unpriced = unpricedModels({ config, prices }, inChains);
  if (unpriced.length === 0)
    return [ok('Prices', `${config.PRICES_FILE ?? 'config/prices.json'}: every model has one`)];
  return unpriced.map(({ kind, name, problem }) =>
    failure(`Prices: ${kind}`, problem, `Until then every call of ${kind} at ${name} is refused.`),
  );
}

/** Of several models of one provider. */
const USES = {
  usual: '',
  cheaper: ' (short budget)',
  chain: ' (chain of a project)',
  agent: ' (chain of an agent)',
} as const;

/** What the chains of projects and their agents name, as far as there is a database to ask. */
async function readChainModels(url: string | undefined, database: Check[]): Promise<ConfiguredModel[]> {
  const isComplete = database.some(({ name, status }) => name === 'Migrations' && status === 'ok');
  if (!url || !isComplete) return [];
  const db = createDatabase({ url, maxConnections: 1 });
  try {
    return await chainModels(db);
  } finally {
    await db.close();
  }
}

async function vectorWidth(config: Config): Promise<Check[]> {
  const asked = await checkEmbedder(config);
  if (asked === null) return [];
  const { model, dimensions, problem, advice = '' } = asked;
  return [
    problem ? failure('Width of vectors', problem, advice) : ok('Width of vectors', `${dimensions}, by ${model}`),
  ];
}

/** What it means that a chain names it. */
const ABSENT = {
  key: 'no key: npm start uses the simulator for it',
  program: 'not installed here: it is left out of the chain',
  provider: 'unknown: it is left out of the chain',
} as const;

const MARKS = { ok: '✔', warning: '!', error: '✖' } as const;

function table(checks: Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .flatMap(({ name, status, detail, advice }) => [
      `${MARKS[status]} ${name.padEnd(width)}  ${detail}`,
      ...(advice ? [`  ${' '.repeat(width)}  → ${advice}`] : []),
    ])
    .join('\n');
}

async function main({ json }: { json?: boolean }): Promise<void> {
  const environment = process.env;
  const url = environment['DATABASE_URL'];
  const database = await checkDatabase(url);
  const inChains = await readChainModels(url, database);
  const [machine, cli, temporal, configuration] = await Promise.all([
    checkMachine(environment, path.join(projectRoot(), '.ventros')),
    checkTemporalCli(environment).then((check) => (environment['TEMPORAL_ADDRESS'] ? [] : [check])),
    checkTemporal(environment['TEMPORAL_ADDRESS'], environment['TEMPORAL_NAMESPACE'] ?? 'default'),
    checkConfiguration(environment, inChains),
  ]);
  const checks = [...machine, ...database, ...cli, ...temporal, ...configuration];
  const count = (status: Check['status']) => checks.filter((check) => check.status === status).length;
  const errors = count('error');
  if (json) console.log(JSON.stringify({ ok: errors === 0, checks }, null, 2));
  else console.log(`${table(checks)}\n\n${errors} errors, ${count('warning')} warnings`);
  process.exitCode = errors > 0 ? 1 : 0;
}

const program = new Command('doctor')
  .description('Looks for everything the product needs and says what to do about what is missing.')
  .option('--json', 'print {"ok": …, "checks": […]}')
  .addHelpText('after', '\nEnds with 1 if something does not work, with 0 if there are only warnings.')
  .action(main);

program.parseAsync().catch((error: unknown) => {
  console.error(errorMessage(error));
  process.exitCode = 1;
});
