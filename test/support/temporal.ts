import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import { bundleOf } from '../../workers/bundle';

/** Where the tests' Temporal server is. `npm test` starts one. */
export function testTemporalAddress(): string {
  const address = process.env['TEMPORAL_ADDRESS'];
  if (!address) throw new Error('TEMPORAL_ADDRESS is not set: run the tests with npm test, or start a Temporal server');
  return address;
}

/** The workflow code is bundled once a run: that takes seconds, starting a worker with it does not. */
const bundles = new Map<string, Promise<WorkflowBundleOption>>();

/** The bundle of a compiled file that exports workflows; by default that of every workflow of the product. */
export function testWorkflowBundle(
  workflowsPath = path.join(__dirname, '../../workflows/index.js'),
): Promise<WorkflowBundleOption> {
  let bundle = bundles.get(workflowsPath);
  if (!bundle) {
    quietRuntime();
    bundle = makeBundle(workflowsPath);
    bundles.set(workflowsPath, bundle);
  }
  return bundle;
}

async function makeBundle(workflowsPath: string): Promise<WorkflowBundleOption> {
  const { code } = await bundleWorkflowCode({
    ...bundleOf(workflowsPath),
    logger: new DefaultLogger('ERROR'),
  });
  // V8 measures the sandbox too, but by file name: with a file behind it the coverage report can read the source map.
  const folder = process.env['VENTROS_TEST_BUNDLES'];
  if (!folder) return { code };
  const codePath = path.join(folder, `${randomUUID()}.js`);
  writeFileSync(codePath, code);
  return { codePath };
}

let isRuntimeInstalled = false;
function quietRuntime(): void {
  if (isRuntimeInstalled) return;
  isRuntimeInstalled = true;
  Runtime.install({ logger: new DefaultLogger(process.env['TEST_TEMPORAL_LOG'] === 'true' ? 'INFO' : 'ERROR') });
}

export interface TestTemporal {
  client: Client;
  /** For further workers of the same test. */
  connection: NativeConnection;
  taskQueue: string;
}

export interface WithWorkerOptions {
  activities?: object;
  /** By default a queue nobody else uses, so that tests never take each other's tasks. */
  taskQueue?: string;
  /** Compiled file that exports the workflows, when they are not those of the product. */
  workflowsPath?: string;
  /** Anything else of the worker, for example its limits. */
  worker?: Partial<WorkerOptions>;
}

/**
 * Runs `work` while a worker serves the workflows, and shuts the worker and both connections down afterwards, also when
 * `work` throws. Times are real: give the workflow short ones in its input.
 */
export async function withWorker<T>(
  options: WithWorkerOptions,
  work: (temporal: TestTemporal) => Promise<T>,
): Promise<T> {
  return withTemporal(async ({ client, connection }) => {
    const taskQueue = options.taskQueue ?? `test-${randomUUID()}`;
    const worker = await Worker.create({
      connection,
      namespace: testNamespace(),
      taskQueue,
      workflowBundle: await testWorkflowBundle(options.workflowsPath),
      shutdownGraceTime: '2s',
      ...(options.activities ? { activities: options.activities } : {}),
      ...options.worker,
    });
    return worker.runUntil(() => work({ client, connection, taskQueue }));
  });
}

/** Runs `work` with a client and a native connection, for tests that make their workers themselves. */
export async function withTemporal<T>(
  work: (temporal: Pick<TestTemporal, 'client' | 'connection'>) => Promise<T>,
): Promise<T> {
  quietRuntime();
  const address = testTemporalAddress();
  const connection = await NativeConnection.connect({ address });
  try {
    const clientConnection = await Connection.connect({ address });
    try {
      return await work({
        client: new Client({ connection: clientConnection, namespace: testNamespace() }),
        connection,
      });
    } finally {
      await clientConnection.close();
    }
  } finally {
    await connection.close();
  }
}

export function testNamespace(): string {
  return process.env['TEMPORAL_NAMESPACE'] ?? 'default';
}
