import { Connection } from '@temporalio/client';
import { Client } from 'pg';
import { vectorConfig } from '../../core/config';
import { errorMessage } from '../../core/errors';
import { pendingMigrations } from './migrations';
import { SEARCH_ATTRIBUTES } from '../embedded/temporal-settings';
import { failure, ok, warning, type Check } from './checks';

const NEEDED_EXTENSIONS = ['vector', 'pg_trgm', 'unaccent'];
const TIMEOUT_MS = 5_000;
const OLDEST_POSTGRES = 160_000;

/** The database of DATABASE_URL: reachable, new enough, its extensions, its migrations. */
export async function checkDatabase(url: string | undefined): Promise<Check[]> {
  if (!url) return [ok('Database', 'embedded (DATABASE_URL is not set)')];
  const client = new Client({ connectionString: url, connectionTimeoutMillis: TIMEOUT_MS });
  try {
    await client.connect();
  } catch (error) {
    const advice = 'Check DATABASE_URL and that the server runs and accepts this user.';
    return [failure('Database', `cannot be reached: ${errorMessage(error)}`, advice)];
  }
  try {
    return [
      await checkVersion(client),
      await checkExtensions(client),
      await checkMigrations(client),
      ...(await checkVectorIndex(client)),
      await checkGraph(client),
    ];
  } finally {
    await client.end();
  }
}

async function checkVersion(client: Client): Promise<Check> {
  const { rows } = await client.query<{ number: number; text: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as text`,
  );
  const { number = 0, text = 'unknown' } = rows[0] ?? {};
  return number >= OLDEST_POSTGRES
    ? ok('Database', `Postgres ${text}`)
    : failure('Database', `Postgres ${text}`, 'Upgrade it to 16 or later.');
}

async function checkExtensions(client: Client): Promise<Check> {
  const { rows } = await client.query<{ name: string }>(
    'select name from pg_available_extensions where name = any ($1)',
    [NEEDED_EXTENSIONS],
  );
  const missing = NEEDED_EXTENSIONS.filter((name) => !rows.some((row) => row.name === name));
  return missing.length === 0
    ? ok('Extensions', NEEDED_EXTENSIONS.join(', '))
    : failure(
        'Extensions',
        `the server has no ${missing.join(', ')}`,
        'Install them: docker/postgres has an image with all.',
      );
}

/** Apache AGE is for those who ask the graph by Cypher; the product itself does without. */
async function checkGraph(client: Client): Promise<Check> {
  const { rows } = await client.query<{ version: string | null; isReady: boolean }>(
    `select (select extversion from pg_extension where extname = 'age') as version,
       to_regprocedure('graph_project_forget(uuid,uuid[])') is not null as "isReady"`,
  );
  const { version = null, isReady = false } = rows[0] ?? {};
  if (version !== null && isReady) return ok('Graph', `Apache AGE ${version}`);
  return warning(
    'Graph',
    'no Apache AGE: searches walk the graph, but it is not there for Cypher',
    'Install the extension age as a superuser, then run: node dist/scripts/migrate/main.js',
  );
}

async function checkMigrations(client: Client): Promise<Check> {
  const pending = await pendingMigrations(client);
  return pending.length === 0
    ? ok('Migrations', 'all applied')
    : warning('Migrations', `to be applied: ${pending.join(', ')}`, 'Run: node dist/scripts/migrate/main.js');
}

/** Without it a search of a large project compares every vector. */
async function checkVectorIndex(client: Client): Promise<Check[]> {
  const { EMBEDDINGS_DIMENSIONS: width, EMBEDDINGS_PRECISION: precision } = vectorConfig();
  const index = `memory_embeddings_${precision === 'half' ? 'halfvec' : 'vector'}_${width}_idx`;
  const { rows } = await client.query<{ isThere: boolean }>(`select to_regclass($1) is not null as "isThere"`, [index]);
  if (rows[0]?.isThere) return [];
  return [
    warning(
      'Index of vectors',
      `there is none for ${width} numbers`,
      'Run with the same EMBEDDINGS_DIMENSIONS and EMBEDDINGS_PRECISION: node dist/scripts/migrate/main.js',
    ),
  ];
}

/** The server of TEMPORAL_ADDRESS: reachable, its namespace, its search attributes. */
export async function checkTemporal(address: string | undefined, namespace: string): Promise<Check[]> {
  if (!address) return [ok('Temporal', 'embedded (TEMPORAL_ADDRESS is not set)')];
  const connection = Connection.lazy({ address, connectTimeout: TIMEOUT_MS });
  try {
    return await connection.withDeadline(Date.now() + TIMEOUT_MS, async () => {
      await connection.workflowService.describeNamespace({ namespace });
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      const missing = SEARCH_ATTRIBUTES.filter((name) => !customAttributes?.[name]);
      const reachable = ok('Temporal', `${address}, namespace ${namespace}`);
      if (missing.length === 0) return [reachable, ok('Search attributes', SEARCH_ATTRIBUTES.join(', '))];
      const commands = missing.map((name) => `temporal operator search-attribute create --name ${name} --type Keyword`);
      return [reachable, failure('Search attributes', `missing: ${missing.join(', ')}`, `Run: ${commands.join('; ')}`)];
    });
  } catch (error) {
    const advice = 'Check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and that the server runs.';
    return [failure('Temporal', `${address} cannot be used: ${errorMessage(error)}`, advice)];
  } finally {
    await connection.close();
  }
}
