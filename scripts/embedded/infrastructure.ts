import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { Client } from 'pg';
import { migrate } from '../../core/database/migrate';
import { anyFreePort } from './ports';
import { supervise, type SupervisedProcess, type SupervisorEvents } from './supervisor';

export interface InfrastructureOptions {
  /** Where the embedded servers keep their data; null keeps it in memory. */
  dataDir: string | null;
  logDir: string;
  /** Addresses given here are used as they are instead of an embedded server. */
  databaseUrl?: string | undefined;
  temporalAddress?: string | undefined;
  databasePort?: number;
  temporalPort?: number;
  temporalUiPort?: number;
  events?: SupervisorEvents;
  /** Ends a start that is under way; what had been started is stopped then. */
  signal?: AbortSignal;
}

export interface Infrastructure {
  databaseUrl: string;
  temporalAddress: string;
  temporalUiUrl: string | undefined;
  appliedMigrations: string[];
  /** The embedded processes, in the order in which they were started. */
  processes: SupervisedProcess[];
  stop(): Promise<void>;
}

/** Starts the database and Temporal, each unless its address is given, and applies the migrations. */
export async function startInfrastructure(options: InfrastructureOptions): Promise<Infrastructure> {
  mkdirSync(options.logDir, { recursive: true });
  const processes: SupervisedProcess[] = [];
  const stop = async () => {
    for (const running of [...processes].reverse()) await running.stop();
  };
  try {
    // Both take seconds to come up and do not need each other.
    const [database, temporal] = await Promise.allSettled([startDatabase(options), startTemporal(options)]);
    for (const result of [database, temporal]) {
      if (result.status === 'fulfilled' && result.value.process) processes.push(result.value.process);
    }
    if (database.status === 'rejected') throw database.reason;
    if (temporal.status === 'rejected') throw temporal.reason;
    const appliedMigrations = await migrate(database.value.url);
    return {
      databaseUrl: database.value.url,
      temporalAddress: temporal.value.address,
      temporalUiUrl: temporal.value.uiUrl,
      appliedMigrations,
      processes,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The database of `databaseUrl`, or an embedded one. It is not migrated. */
export async function startDatabase(
  options: InfrastructureOptions,
): Promise<{ url: string; process?: SupervisedProcess }> {
  if (options.databaseUrl) return { url: options.databaseUrl };
  const port = options.databasePort ?? (await anyFreePort());
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  const dataDir = options.dataDir ? ['--data-dir', path.join(options.dataDir, 'database')] : [];
  const process_ = await supervise(
    {
      name: 'database',
      script: path.join(__dirname, 'database.js'),
      args: ['--port', String(port), ...dataDir],
      env: process.env,
      logFile: path.join(options.logDir, 'database.log'),
      isReady: () => isDatabaseReady(url),
      saysReady: true,
    },
    options.events,
    options.signal,
  );
  return { url, process: process_ };
}

async function startTemporal(
  options: InfrastructureOptions,
): Promise<{ address: string; uiUrl?: string; process?: SupervisedProcess }> {
  if (options.temporalAddress) return { address: options.temporalAddress };
  const cli = process.env['TEMPORAL_CLI_PATH'];
  if (!cli)
    throw new Error('TEMPORAL_CLI_PATH is not set; run this through npm, which finds or fetches the Temporal CLI');
  const port = options.temporalPort ?? (await anyFreePort());
  const args = ['--port', String(port), '--cli', cli];
  if (options.temporalUiPort) args.push('--ui-port', String(options.temporalUiPort));
  if (options.dataDir) args.push('--data-dir', path.join(options.dataDir, 'temporal'));
  const address = `127.0.0.1:${port}`;
  const process_ = await supervise(
    {
      name: 'temporal',
      script: path.join(__dirname, 'temporal.js'),
      args,
      env: process.env,
      logFile: path.join(options.logDir, 'temporal.log'),
      isReady: () => isTemporalReady(address),
    },
    options.events,
    options.signal,
  );
  const uiUrl = options.temporalUiPort ? `http://127.0.0.1:${options.temporalUiPort}` : undefined;
  return { address, process: process_, ...(uiUrl ? { uiUrl } : {}) };
}

/** True if a query answers. Any failure means "not yet": the reason is in the server's log. */
export async function isDatabaseReady(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  // A connection that breaks after it failed would otherwise end this process.
  client.on('error', () => {});
  return client
    .connect()
    .then(() => client.query('select 1'))
    .then(() => client.end())
    .then(
      () => true,
      () => false,
    );
}

/** True if the default namespace can be described: the port is open seconds before that works. */
export async function isTemporalReady(address: string, namespace = 'default'): Promise<boolean> {
  const connection = Connection.lazy({ address, connectTimeout: 1_000 });
  return connection
    .withDeadline(Date.now() + 2_000, () => connection.workflowService.describeNamespace({ namespace }))
    .then(
      () => true,
      () => false,
    )
    .finally(() => connection.close());
}
