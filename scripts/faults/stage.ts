import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { createDatabase, type Database } from '../../core/database';
import { createSecretBox } from '../../core/security/secret-box';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../simulator/index';
import { newChannel, type ChannelSettings, type TestChannel } from '../../test/support/channel';
import { newTenant } from '../../test/support/tenant';
import { createFreshDatabase, type FreshDatabase } from '../embedded/fresh-database';
import { startInfrastructure, type Infrastructure } from '../embedded/infrastructure';
import { anyFreePort } from '../embedded/ports';
import { answersOk, startProcess, type ProductProcess } from './process';

export interface StageOptions {
  /** Of the simulator: script, latencies, credentials. */
  simulator?: Omit<SimulatorOptions, 'ports'>;
  /** Settings of the product's processes, over the stage's own short times. */
  settings?: Record<string, string>;
  /** A database to use as it is (migrations are applied) instead of one made on the server. */
  databaseUrl?: string;
  /** The embedded database, kept in the folder, instead of one made on the server: it may be killed and comes back. */
  isDatabaseEmbedded?: boolean;
  /** Keeps Temporal's data in the folder, so that its server may be killed and comes back. */
  isTemporalKept?: boolean;
}

export interface Shop {
  tenantId: string;
  /** With every scope. */
  apiKey: string;
  channel: TestChannel;
}

export interface WorkersProcess extends ProductProcess {
  /** Of its health and metrics. */
  url: string;
}

/** Everything around one case: a database, a Temporal server, the simulator in this process, and the product's processes. */
export interface Stage {
  db: Database;
  databaseUrl: string;
  client: Client;
  temporalAddress: string;
  simulator: Simulator;
  /** What the processes are given. A case that runs product code in this process makes its configuration of it. */
  environment: Record<string, string>;
  /** The supervised servers of the stage by name: `temporal`, and `database` when it is embedded. */
  infrastructure: Infrastructure;
  /** Where the API answers once it is started. It keeps its port over restarts. */
  apiUrl: string;
  logDir: string;
  startApi(settings?: Record<string, string>): Promise<ProductProcess>;
  /** @param args of workers/main: `--queues a,b`, `--no-relay` */
  startWorkers(options?: { args?: string[]; settings?: Record<string, string> }): Promise<WorkersProcess>;
  /** A tenant with an active channel whose WAHA is the simulator's, and whose webhooks go to the API. */
  newShop(settings?: ChannelSettings & { session?: string }): Promise<Shop>;
  close(): Promise<void>;
}

/** Short times, so that a case waits for work and not for settings. */
const SHORT_TIMES = {
  LOG_LEVEL: 'warn',
  MEDIA_WAIT_MS: '60000',
  ENRICHMENT_DEFERRAL_MS: '1000,2000,5000',
  LANGUAGE_RETRY_MS: '2000',
  OUTBOX_POLL_MS: '100',
};
const DEBOUNCE_MS = 500;

export async function openStage(folder: string, databaseServerUrl: string, options: StageOptions): Promise<Stage> {
  const logDir = path.join(folder, 'logs');
  mkdirSync(logDir, { recursive: true });
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  try {
    const simulator = await startSimulator(options.simulator ?? {});
    closers.push(() => simulator.stop());
    let fresh: FreshDatabase | undefined;
    if (!options.databaseUrl && !options.isDatabaseEmbedded) {
      fresh = await createFreshDatabase(databaseServerUrl);
      closers.push(fresh.drop);
    }
    const infrastructure = await startInfrastructure({
      dataDir: options.isTemporalKept || options.isDatabaseEmbedded ? folder : null,
      logDir,
      databaseUrl: options.databaseUrl ?? fresh?.url,
    });
    closers.push(infrastructure.stop);
    const { databaseUrl, temporalAddress } = infrastructure;
    const environment = environmentOf(simulator, {
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporalAddress,
      MEDIA_DIR: path.join(folder, 'media'),
      API_PORT: String(await anyFreePort()),
      // The clients of the embedded database share one session, and with it the names of its statements.
      ...(options.isDatabaseEmbedded ? { DATABASE_PREPARED_STATEMENTS: 'false' } : {}),
      ...SHORT_TIMES,
      ...options.settings,
    });
    const db = createDatabase({ url: databaseUrl, maxConnections: 10 });
    closers.push(() => db.close());
    const connection = Connection.lazy({ address: temporalAddress });
    closers.push(() => connection.close());
    const secretBox = createSecretBox(environment['ENCRYPTION_KEY'] ?? '');
    const apiUrl = `http://127.0.0.1:${environment['API_PORT']}`;
    let count = 0;

    return {
      db,
      databaseUrl,
      client: new Client({ connection }),
      temporalAddress,
      simulator,
      environment,
      infrastructure,
      apiUrl,
      logDir,
      async startApi(settings) {
        const started = await startProcess({
          name: 'api',
          script: 'api/main.js',
          env: { ...process.env, ...environment, GRPC_PORT: String(await anyFreePort()), ...settings },
          logFile: path.join(logDir, 'api.log'),
          isReady: () => answersOk(`${apiUrl}/health/live`),
        });
        // Nothing is kept, so there is nothing to finish.
        closers.push(started.kill);
        return started;
      },
      async startWorkers({ args = [], settings = {} } = {}) {
        const port = await anyFreePort();
        const url = `http://127.0.0.1:${port}`;
        count += 1;
        const started = await startProcess({
          name: `workers ${count}`,
          script: 'workers/main.js',
          args,
          env: { ...process.env, ...environment, WORKERS_HEALTH_PORT: String(port), ...settings },
          logFile: path.join(logDir, `workers-${count}.log`),
          isReady: () => answersOk(`${url}/health/ready`),
        });
        // Nothing is kept, so there is nothing to finish.
        closers.push(started.kill);
        return { ...started, url };
      },
      async newShop({ session, ...settings } = {}) {
        const { tenantId, apiKey } = await newTenant(db);
        const channel = await newChannel(db, tenantId, {
          secretBox,
          baseUrl: simulator.urls.waha,
          debounceTimeoutMs: DEBOUNCE_MS,
          externalId: session ?? `loja-${randomBytes(4).toString('hex')}`,
          ...settings,
        });
        simulator.waha.configureWebhook({
          session: channel.externalId,
          url: `${apiUrl}/api/v1/webhooks/${channel.webhookId}`,
          hmacKey: channel.webhookSecret,
        });
        return { tenantId, apiKey, channel };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The settings under which every provider of the product is the simulator. */
export function environmentOf({ urls }: Simulator, own: Record<string, string>): Record<string, string> {
  return {
    TEMPORAL_NAMESPACE: 'default',
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ALLOWED_PRIVATE_HOSTS: new URL(urls.waha).host,
    VERTEX_PROJECT: 'simulated',
    VERTEX_ACCESS_TOKEN: 'simulated',
    VERTEX_BASE_URL: urls.vertex,
    GROQ_API_KEY: 'simulated',
    GROQ_BASE_URL: urls.groq,
    OPENAI_API_KEY: 'simulated',
    OPENAI_BASE_URL: `${urls.openai}/v1`,
    LLAMA_CLOUD_API_KEY: 'simulated',
    LLAMA_CLOUD_BASE_URL: urls.llamaparse,
    ...own,
  };
}
