import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import express from 'express';
import { problemHandler } from '../../api/http/problem';
import { createLlamaParseWebhookRouter } from '../../api/http/webhooks/llamaparse';
import { createWebhookRouter } from '../../api/http/webhooks/router';
import { loadConfig, type Config } from '../../core/config';
import type { Database } from '../../core/database';
import { newId } from '../../core/ids';
import { createLogger } from '../../core/logging/logger';
import { inContext } from '../../core/observability/context';
import { createRelay } from '../../core/outbox/relay';
import { projectRoot } from '../../core/project-root';
import { startSimulator, type Simulator, type SimulatorScript } from '../../simulator';
import { anyFreePort } from '../../scripts/embedded/ports';
import { createTemporalClient } from '../../workers/client';
import { createWorkerDeps, type WorkerDeps } from '../../workers/deps';
import { createDelivery } from '../../workers/relay';
import { startWorkers } from '../../workers/run-workers';
import { QUEUES } from '../../workflows/shared/queues';
import { testPreparedStatements } from './database';
import { newChannel, type ChannelSettings, type TestChannel } from './channel';
import { testNamespace, testTemporalAddress, testWorkflowBundle } from './temporal';
import { newTenant } from './tenant';

export const MEDIA_FIXTURES = path.join(projectRoot(), 'test/fixtures/media');

export interface ProductOptions {
  script?: SimulatorScript;
  /** Settings over those of the test, for example short waits. */
  settings?: Record<string, string>;
  /** Without them nothing is processed until `startWorking`. */
  isWorking?: boolean;
  /** Providers reach its webhooks, so that it asks for them: PUBLIC_URL is set. */
  isPublic?: boolean;
}

/** Webhook server, workers, relay and simulator in this process, on the test's database and Temporal server. */
export interface Product {
  db: Database;
  deps: WorkerDeps;
  config: Config;
  /** What a process of the product needs in its environment to work beside this one. */
  environment: Record<string, string>;
  simulator: Simulator;
  client: Client;
  webhookUrl(channel: TestChannel): string;
  /** A tenant with an active channel whose WAHA is the simulator's. */
  newShop(settings?: ChannelSettings): Promise<{ tenantId: string; apiKey: string; channel: TestChannel }>;
  startWorking(): Promise<void>;
  stopWorking(): Promise<void>;
  stop(): Promise<void>;
}

/** Small times, so that a test waits for work and not for settings. */
const TEST_SETTINGS = {
  LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
  MEDIA_WAIT_MS: '60000',
  ENRICHMENT_DEFERRAL_MS: '500',
  LANGUAGE_RETRY_MS: '300',
  OUTBOX_POLL_MS: '50',
};

export async function startProduct({
  script,
  settings,
  isWorking = true,
  isPublic,
}: ProductOptions = {}): Promise<Product> {
  const simulator = await startSimulator(script ? { script } : {});
  const mediaDir = await mkdtemp(path.join(tmpdir(), 'ventros-test-media-'));
  const port = isPublic ? await anyFreePort() : 0;
  const environment: Record<string, string> = {
    ...(isPublic ? { PUBLIC_URL: `http://127.0.0.1:${port}` } : {}),
    DATABASE_URL: process.env['DATABASE_URL'] ?? '',
    DATABASE_PREPARED_STATEMENTS: testPreparedStatements(),
    TEMPORAL_ADDRESS: testTemporalAddress(),
    TEMPORAL_NAMESPACE: testNamespace(),
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    MEDIA_DIR: mediaDir,
    ALLOWED_PRIVATE_HOSTS: new URL(simulator.urls.waha).host,
    VERTEX_PROJECT: 'test',
    VERTEX_ACCESS_TOKEN: 'test',
    VERTEX_BASE_URL: simulator.urls.vertex,
    GROQ_API_KEY: 'test',
    GROQ_BASE_URL: simulator.urls.groq,
    OPENAI_API_KEY: 'test',
    OPENAI_BASE_URL: `${simulator.urls.openai}/v1`,
    LLAMA_CLOUD_API_KEY: 'test',
    LLAMA_CLOUD_BASE_URL: simulator.urls.llamaparse,
    JINA_API_KEY: 'test',
    JINA_BASE_URL: simulator.urls.jina,
    ...TEST_SETTINGS,
    ...settings,
  };
  const config = loadConfig(environment);
  const logger = createLogger('test', config.LOG_LEVEL);
  const deps = createWorkerDeps(config, logger);
  const { server, url } = await startWebhooks(deps, port);
  const connection = await Connection.connect({ address: config.TEMPORAL_ADDRESS });
  const client = createTemporalClient(connection, config.TEMPORAL_NAMESPACE);
  let work: Work | null = null;
  const tenantIds: string[] = [];
  await forgetEarlierEvents(deps.db);

  const product: Product = {
    db: deps.db,
    deps,
    config,
    environment,
    simulator,
    client,
    webhookUrl: ({ webhookId }) => `${url}/api/v1/webhooks/${webhookId}`,
    async newShop(channelSettings) {
      const { tenantId, apiKey } = await newTenant(deps.db);
      tenantIds.push(tenantId);
      const channel = await newChannel(deps.db, tenantId, {
        secretBox: deps.secretBox,
        baseUrl: simulator.urls.waha,
        debounceTimeoutMs: 100,
        ...channelSettings,
      });
      simulator.waha.configureWebhook({
        session: channel.externalId,
        url: product.webhookUrl(channel),
        hmacKey: channel.webhookSecret,
      });
      return { tenantId, apiKey, channel };
    },
    async startWorking() {
      work ??= await startWork(deps, client);
    },
    async stopWorking() {
      await work?.stop();
      work = null;
    },
    async stop() {
      await product.stopWorking();
      await endWorkflows(client, tenantIds);
      await simulator.stop();
      server.closeAllConnections();
      server.close();
      await connection.close();
      await deps.db.close();
      await rm(mediaDir, { recursive: true, force: true });
    },
  };
  if (isWorking) await product.startWorking();
  return product;
}

/**
 * What other tests left in the outbox is not for this product's relay: its channels have other keys. Of all tenants, because
 * the database holds only tests: `npm test` makes it and drops it, also on a real server.
 */
async function forgetEarlierEvents(db: Database): Promise<void> {
  await db.withSystem((tx) =>
    tx.outboxEvent.updateMany({
      where: { status: { in: ['pending', 'processing'] } },
      data: { status: 'processed', processedAt: new Date() },
    }),
  );
}

/** A workflow left waiting would go on with the next product's workers, and meet the faults of another test. */
async function endWorkflows(client: Client, tenantIds: string[]): Promise<void> {
  for (const tenantId of tenantIds) {
    const query = `VentrosTenantId = '${tenantId}' AND ExecutionStatus = 'Running'`;
    for await (const { workflowId } of client.workflow.list({ query })) {
      await client.workflow.getHandle(workflowId).terminate('the test is over').catch(ignoreEnded);
    }
  }
}

/** The list of running workflows is a little behind. */
function ignoreEnded(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

interface Work {
  stop(): Promise<void>;
}

async function startWork(deps: WorkerDeps, client: Client): Promise<Work> {
  const workflowBundle = await testWorkflowBundle();
  const connection = await NativeConnection.connect({ address: deps.config.TEMPORAL_ADDRESS });
  const workers = await startWorkers({
    connection,
    config: deps.config,
    deps,
    queues: Object.values(QUEUES),
    workflowBundle,
  });
  const stopping = new AbortController();
  const { db, logger, config } = deps;
  const relay = createRelay({
    db,
    logger,
    pollMs: config.OUTBOX_POLL_MS,
    retryMs: config.OUTBOX_RETRY_MS,
    deliver: createDelivery(client),
  });
  const relaying = relay.run(stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await relaying;
      workers.shutdown();
      await workers.finished;
      await connection.close();
    },
  };
}

async function startWebhooks(
  { db, config, secretBox, logger }: WorkerDeps,
  port: number,
): Promise<{ server: Server; url: string }> {
  const app = express();
  app.use((_request, response, next) => {
    const correlationId = newId();
    response.locals['requestId'] = correlationId;
    inContext({ correlationId }, next);
  });
  app.use(createLlamaParseWebhookRouter({ db, config }));
  app.use(createWebhookRouter({ db, config, secretBox, logger }));
  app.use(problemHandler(logger));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
