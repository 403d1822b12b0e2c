import { type NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import type { Config } from '../core/config';
import { QUEUES, type QueueName } from '../workflows/shared/queues';
import { activitiesByQueue } from './activities';
import { observeActivities } from './activity-observer';
import type { WorkerDeps } from './deps';
import { concurrencyOf } from './queue-limits';

/** In-flight activities get this long to end before they are cancelled; then as long again before the process goes. */
const SHUTDOWN_GRACE = '15s';
const SHUTDOWN_FORCE = '30s';
/** About 1 MB each; evicted ones are replayed from history. */
const CACHED_WORKFLOWS = 300;
const WORKFLOW_TASKS = 40;

export interface RunningWorkers {
  /** True while every worker polls. */
  isPolling(): boolean;
  /** Ends when all have stopped; rejects when one of them fails. */
  finished: Promise<void>;
  shutdown(): void;
}

export interface WorkersOptions {
  connection: NativeConnection;
  config: Config;
  deps: WorkerDeps;
  queues: QueueName[];
  workflowBundle: WorkflowBundleOption;
}

/** Starts one worker for each queue of this process. */
export async function startWorkers({
  connection,
  config,
  deps,
  queues,
  workflowBundle,
}: WorkersOptions): Promise<RunningWorkers> {
  const activities = activitiesByQueue(deps);
  const workers = await Promise.all(
    queues.map((queue) =>
      Worker.create({
        connection,
        namespace: config.TEMPORAL_NAMESPACE,
        taskQueue: queue,
        activities: activities[queue],
        interceptors: { activity: [observeActivities] },
        maxConcurrentActivityTaskExecutions: concurrencyOf(queue),
        shutdownGraceTime: SHUTDOWN_GRACE,
        shutdownForceTime: SHUTDOWN_FORCE,
        ...(queue === QUEUES.workflows ? workflowOptions(workflowBundle) : {}),
      }),
    ),
  );
  const finished = Promise.all(workers.map((worker) => worker.run())).then(() => undefined);
  return {
    finished,
    isPolling: () => workers.every((worker) => worker.getState() === 'RUNNING'),
    shutdown: () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    },
  };
}

function workflowOptions(workflowBundle: WorkflowBundleOption) {
  return {
    workflowBundle,
    maxCachedWorkflows: CACHED_WORKFLOWS,
    maxConcurrentWorkflowTaskExecutions: WORKFLOW_TASKS,
  };
}
