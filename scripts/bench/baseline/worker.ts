import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

/** Serves the bare workflow with the limits of the product's workers. Arguments: address, queue, second queue. */
async function main(): Promise<void> {
  const [address = '', taskQueue = '', secondQueue = ''] = process.argv.slice(2);
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const connection = await NativeConnection.connect({ address });
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: path.join(__dirname, 'workflow.js'),
    logger: new DefaultLogger('ERROR'),
  });
  const first = await Worker.create({
    connection,
    taskQueue,
    workflowBundle,
    activities: { first: (id: string) => Promise.resolve(id) },
    maxConcurrentActivityTaskExecutions: 50,
    maxConcurrentWorkflowTaskExecutions: 40,
    maxCachedWorkflows: 300,
  });
  const second = await Worker.create({
    connection,
    taskQueue: secondQueue,
    activities: { second: () => Promise.resolve() },
    maxConcurrentActivityTaskExecutions: 10,
  });
  process.once('SIGTERM', () => {
    first.shutdown();
    second.shutdown();
  });
  process.send?.('ready');
  await Promise.all([first.run(), second.run()]);
  await connection.close();
  process.disconnect?.();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
