import { Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, type LogEntry } from '@temporalio/worker';
import { Command } from 'commander';
import { loadConfig } from '../core/config';
import { endDocumentJobs } from '../core/enrichment/end-document-job';
import { runLostEnrichments } from '../core/enrichment/lost';
import { errorMessage } from '../core/errors';
import { createLogger, type Logger } from '../core/logging/logger';
import { sweepStaleWorkspaces } from '../core/media/ffmpeg';
import { modelOf } from '../core/memory/active-model';
import { runRetention } from '../core/memory/forgetting/retention';
import { requestReembeddings } from '../core/memory/reembedding/request';
import { runExpiry } from '../core/money/expire';
import { checkModels } from '../core/observability/check-models';
import { renderMetrics } from '../core/observability/metrics';
import { exposeOperations } from '../core/observability/operations';
import { publishStates } from '../core/observability/provider-states';
import { runCleanUp } from '../core/outbox/clean-up';
import { createRelay } from '../core/outbox/relay';
import { enrichmentWorkflowId } from '../workflows/enrichment/ids';
import { QUEUES, type QueueName } from '../workflows/shared/queues';
import { requireWorkflowBundle } from './bundle';
import { createTemporalClient } from './client';
import { createWorkerDeps, type WorkerDeps } from './deps';
import { startHealthServer } from './health-server';
import { presenceOf } from './presence';
import { createDelivery } from './relay';
import { requireSearchAttributes } from './require-search-attributes';
import { startWorkers } from './run-workers';
import { temporalMetrics, type TemporalMetrics } from './temporal-metrics';

const ALL_QUEUES = Object.values(QUEUES);

interface Options {
  queues: QueueName[];
  relay: boolean;
}

function parseQueues(value: string): QueueName[] {
  return value.split(',').map((name) => {
    const queue = ALL_QUEUES.find((known) => known === name.trim());
    if (!queue) throw new Error(`there is no queue ${name}; the queues are ${ALL_QUEUES.join(', ')}`);
    return queue;
  });
}

/** Said of every queue but one, by design: only `workflows-v1` has workflows. */
const EXPECTED_WARNING = 'No workflows registered, not polling for workflow tasks';

function logTemporal(logger: Logger, { level, message, meta }: LogEntry): void {
  if (message === EXPECTED_WARNING) return;
  const { error, taskToken: _token, ...context } = meta ?? {};
  const reason = error === undefined ? undefined : errorMessage(error);
  logger[level === 'ERROR' ? 'error' : 'warn']({ ...context, reason }, message);
}

/** Our own and those of Temporal's SDK. */
async function renderAll(ofTemporal: TemporalMetrics): Promise<{ contentType: string; body: string }> {
  const [{ contentType, body }, theirs] = await Promise.all([renderMetrics(), ofTemporal.render()]);
  return { contentType, body: `${body}\n${theirs}` };
}

/** Vectors of the model before are made again. What fails here is tried with the next start, or asked for by the API. */
async function reembedIfModelChanged({ db, embeddings }: WorkerDeps, logger: Logger): Promise<void> {
  try {
    const tenants = await requestReembeddings(db, modelOf(embeddings));
    if (tenants > 0) logger.info({ tenants, model: embeddings.model }, 'vectors of another model are made again');
  } catch (error) {
    logger.error({ reason: errorMessage(error) }, 'vectors of another model could not be looked for');
  }
}

async function run({ queues, relay: hasRelay }: Options): Promise<void> {
  const config = loadConfig();
  const logger = createLogger('workers', config.LOG_LEVEL);
  const ofTemporal = config.METRICS_ENABLED ? await temporalMetrics() : null;
  Runtime.install({
    ...(ofTemporal ? { telemetryOptions: ofTemporal.telemetry } : {}),
    logger: new DefaultLogger('WARN', (entry) => logTemporal(logger, entry)),
    shutdownSignals: [],
  });
  const address = config.TEMPORAL_ADDRESS;
  const connection = await Connection.connect({ address });
  try {
    await requireSearchAttributes(connection, config.TEMPORAL_NAMESPACE);
  } catch (error) {
    await connection.close();
    throw error;
  }
  const nativeConnection = await NativeConnection.connect({ address });
  const deps = createWorkerDeps(config, logger);
  await sweepStaleWorkspaces();
  const workers = await startWorkers({
    connection: nativeConnection,
    config,
    deps,
    queues,
    workflowBundle: { codePath: requireWorkflowBundle() },
  });
  const stopping = new AbortController();
  const client = createTemporalClient(connection, config.TEMPORAL_NAMESPACE);
  const relay = createRelay({
    db: deps.db,
    logger,
    pollMs: config.OUTBOX_POLL_MS,
    retryMs: config.OUTBOX_RETRY_MS,
    deliver: createDelivery(client),
  });
  const keepDays = config.OUTBOX_KEEP_DAYS;
  const relaying = hasRelay
    ? Promise.all([
        relay.run(stopping.signal),
        runCleanUp({ db: deps.db, logger, keepDays }, stopping.signal),
        runExpiry(deps, stopping.signal),
        runLostEnrichments(
          {
            ...deps,
            presenceOf: (subject) => presenceOf(client, enrichmentWorkflowId(subject)),
            patienceMs: config.ENRICHMENT_GIVE_UP_MS,
            endJobs: (of) => endDocumentJobs(deps, of),
          },
          stopping.signal,
        ),
        runRetention({ ...deps, logger }, stopping.signal),
        reembedIfModelChanged(deps, logger),
      ])
    : Promise.resolve();
  const isReady = () => workers.isPolling() && !stopping.signal.aborted;
  const health = await startHealthServer({
    port: config.WORKERS_HEALTH_PORT,
    host: config.API_HOST,
    isReady,
    metrics: ofTemporal && (() => renderAll(ofTemporal)),
  });
  exposeOperations(deps.db, logger);
  const publisher = publishStates({ db: deps.db, logger, role: 'workers', states: deps.callPolicy.states });
  deps.callPolicy.onChange(publisher.changed);
  void checkModels(deps, logger, publisher).catch((error: unknown) => {
    logger.error({ reason: errorMessage(error) }, 'the check of the providers failed');
  });

  function stop(): void {
    if (stopping.signal.aborted) return;
    stopping.abort();
    workers.shutdown();
  }
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  console.log(JSON.stringify({ event: 'ready', queues, healthPort: config.WORKERS_HEALTH_PORT }));
  try {
    await Promise.all([workers.finished, relaying]);
  } finally {
    stop();
    await relaying;
    health.close();
    await publisher.stop();
    await connection.close();
    await nativeConnection.close();
    await deps.db.close();
  }
}

new Command('workers')
  .description(
    'Runs workflows and activities, and the relay that starts them. Settings come from the environment: docs/configuration.md.',
  )
  .option('--queues <list>', 'serve only these queues', parseQueues, [...ALL_QUEUES])
  .option('--no-relay', 'leave the outbox to another process')
  .action(async (options: Options) => {
    try {
      await run(options);
    } catch (error) {
      console.error(error);
      process.exitCode = 1;
    }
  })
  .parseAsync()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
