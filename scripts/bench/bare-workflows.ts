import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Client } from '@temporalio/client';

export interface BareQueues {
  own: string;
  second: string;
}

export function executeBare(client: Client, { id, queues }: { id: string; queues: BareQueues }): Promise<unknown> {
  return client.workflow.execute('bareWorkflow', {
    workflowId: `bench:${id}`,
    taskQueue: queues.own,
    args: [id, queues.second],
  });
}

export function executeBareTurn(client: Client, { id, queues }: { id: string; queues: BareQueues }): Promise<unknown> {
  return client.workflow.execute('bareTurnWorkflow', {
    workflowId: `bench:${id}`,
    taskQueue: queues.own,
    args: [id, queues.second],
  });
}

/** A process that serves the bare workflows; resolves when it polls. */
export function startBareWorker(address: string, queues: BareQueues): Promise<ChildProcess> {
  const child = fork(path.join(__dirname, 'baseline/worker.js'), [address, queues.own, queues.second]);
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child));
    child.once('exit', (code) => reject(new Error(`the bare worker ended with ${code}`)));
  });
}
