import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { tryLock } from './folder-lock';
import { createFreshDatabase, type FreshDatabase } from './fresh-database';
import { startInfrastructure, type Infrastructure } from './infrastructure';
import { chooseProviders, simulatedWahaUrl, type ProviderChoice } from './simulated-providers';
import { chooseStackPorts, lastAddresses, rememberStackPorts, type StackPorts } from './stack-ports';
import { supervise, type ProcessSpec, type SupervisedProcess, type SupervisorEvents } from './supervisor';

export interface StackOptions {
  /** Where database, workflows, media, keys and logs are kept; null for a stack that leaves nothing behind. */
  dataDir: string | null;
  /**
   * `own`, the default: servers of the environment are left alone, but for a database that is made on the server of DATABASE_URL and
   * dropped at the end, for what needs a real one. `embedded`: not even that. `environment`: what DATABASE_URL and
   * TEMPORAL_ADDRESS name is used as it is; each of them that is not set is embedded.
   */
  servers?: 'own' | 'embedded' | 'environment';
  /** Fixed ports; the others are chosen. */
  ports?: Partial<StackPorts>;
  /** Stand in for WhatsApp and for every provider without a key. */
  simulator: boolean;
  /** Further arguments of the simulator, for example `--latency design`. */
  simulatorArgs?: string[];
  /** Added to the environment of API and workers. */
  env?: NodeJS.ProcessEnv;
  events?: SupervisorEvents & { onStarted?: (name: string, tookMs: number) => void };
  /** Ends a start that is under way. */
  signal?: AbortSignal;
}

export interface Stack {
  urls: {
    api: string;
    docs: string;
    grpc: string;
    database: string;
    temporal: string;
    /** Undefined when Temporal is not ours. */
    temporalUi: string | undefined;
    /** Undefined without the simulator, as is the next. */
    simulatorControl: string | undefined;
    waha: string | undefined;
  };
  ports: StackPorts;
  /** Undefined without the simulator. */
  providers: ProviderChoice | undefined;
  logDir: string;
  /** By name: database, temporal, simulator, api, workers. Servers that are not ours are absent. */
  processes: ReadonlyMap<string, SupervisedProcess>;
  /** What API and workers were given. */
  env: NodeJS.ProcessEnv;
  /** Ends everything, in the order in which nothing is lost. */
  stop(): Promise<void>;
}

/** Workers get the time to finish what they are doing. */
const WORKERS_STOP_TIMEOUT_MS = 30_000;
const compiled = (script: string) => path.join(__dirname, '../..', script);

/**
 * Starts the whole product on this machine, each part in a process of its own that is started again when it dies:
 * database, Temporal, simulator, API, workers. Resolves when everything answers.
 *
 * @throws Error with the end of the log of the part that did not start, or that names the process that has the folder, or
 *   the signal's reason; nothing is left running then.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const folder = options.dataDir ?? mkdtempSync(path.join(tmpdir(), 'ventros-'));
  mkdirSync(folder, { recursive: true });
  const lock = tryLock(path.join(folder, 'stack.lock'));
  if ('owner' in lock) {
    const addresses = lastAddresses(folder);
    throw new Error(
      `${folder} is in use by process ${lock.owner.pid}${addresses && ` (${addresses})`}. Stop that one first, or take another folder.`,
    );
  }
  const logDir = path.join(folder, 'logs');
  const environment = { ...process.env, ...options.env };
  const isThrowAway = options.servers !== 'environment';
  const processes = new Map<string, SupervisedProcess>();
  let infrastructure: Infrastructure | undefined;
  let freshDatabase: FreshDatabase | undefined;

  const stop = async () => {
    // First the edge, so that nothing new comes in, then who works, then what they stand on.
    for (const name of ['api', 'workers', 'simulator']) await processes.get(name)?.stop();
    await infrastructure?.stop();
    await freshDatabase?.drop();
    lock.unlock();
    if (!options.dataDir) rmSync(folder, { recursive: true, force: true });
  };
  const start = async (spec: Omit<ProcessSpec, 'logFile'>) => {
    const startedAt = Date.now();
    const running = await supervise(
      { ...spec, logFile: path.join(logDir, `${spec.name}.log`) },
      options.events,
      options.signal,
    );
    processes.set(spec.name, running);
    options.events?.onStarted?.(spec.name, Date.now() - startedAt);
  };

  try {
    const ports = await chooseStackPorts(options.dataDir, isThrowAway ? {} : environment, options.ports);
    const providers = options.simulator ? chooseProviders(ports.simulator, environment) : undefined;
    const startedAt = Date.now();
    const server = environment['DATABASE_URL'];
    if (isThrowAway && options.servers !== 'embedded' && server) freshDatabase = await createFreshDatabase(server);
    const databaseUrl = isThrowAway ? freshDatabase?.url : server;
    const temporalAddress = isThrowAway ? undefined : environment['TEMPORAL_ADDRESS'];
    infrastructure = await startInfrastructure({
      dataDir: options.dataDir,
      logDir,
      databaseUrl,
      temporalAddress,
      databasePort: ports.database,
      temporalPort: ports.temporal,
      temporalUiPort: ports.temporalUi,
      ...(options.events ? { events: options.events } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    for (const running of infrastructure.processes) processes.set(running.name, running);
    options.events?.onStarted?.('database and Temporal', Date.now() - startedAt);

    const api = `http://127.0.0.1:${ports.api}`;
    const workers = `http://127.0.0.1:${ports.workersHealth}`;
    const own = { PUBLIC_URL: api, MEDIA_DIR: path.join(folder, 'media'), ENCRYPTION_KEY: encryptionKey(folder) };
    const env: NodeJS.ProcessEnv = {
      ...own,
      ...environment,
      // What is thrown away writes into no folder of the environment.
      ...(isThrowAway ? own : {}),
      ...(temporalAddress ? {} : { TEMPORAL_NAMESPACE: 'default' }),
      // The clients of the embedded database share one session, and with it the names of its statements.
      ...(databaseUrl ? {} : { DATABASE_PREPARED_STATEMENTS: 'false' }),
      ...providers?.env,
      DATABASE_URL: infrastructure.databaseUrl,
      TEMPORAL_ADDRESS: infrastructure.temporalAddress,
      API_PORT: String(ports.api),
      GRPC_PORT: String(ports.grpc),
      WORKERS_HEALTH_PORT: String(ports.workersHealth),
    };
    const control = `http://127.0.0.1:${ports.simulator}`;
    if (providers) {
      await start({
        name: 'simulator',
        script: compiled('simulator/main.js'),
        args: ['--port-base', String(ports.simulator), ...(options.simulatorArgs ?? [])],
        env: process.env,
        isReady: () => answersOk(`${control}/health`),
        saysReady: true,
      });
    }
    // Neither needs the other to start, and each takes seconds to load.
    const results = await Promise.allSettled([
      start({
        name: 'api',
        script: compiled('api/main.js'),
        env,
        isReady: () => answersOk(`${api}/health/live`),
        saysReady: true,
      }),
      start({
        name: 'workers',
        script: compiled('workers/main.js'),
        env,
        isReady: () => answersOk(`${workers}/health/ready`),
        saysReady: true,
        readyTimeoutMs: 120_000,
        stopTimeoutMs: WORKERS_STOP_TIMEOUT_MS,
      }),
    ]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;

    if (options.dataDir) rememberStackPorts(options.dataDir, ports);

    return {
      urls: {
        api,
        docs: `${api}/docs`,
        grpc: `127.0.0.1:${ports.grpc}`,
        database: infrastructure.databaseUrl,
        temporal: infrastructure.temporalAddress,
        temporalUi: infrastructure.temporalUiUrl,
        simulatorControl: providers ? control : undefined,
        waha: providers ? simulatedWahaUrl(ports.simulator) : undefined,
      },
      ports,
      providers,
      logDir,
      processes,
      env,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Made once and kept: what it sealed can be opened with no other. */
function encryptionKey(folder: string): string {
  const file = path.join(folder, 'encryption-key');
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

/** Any failure means "not yet": the reason is in the log of the process. */
async function answersOk(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );
}
