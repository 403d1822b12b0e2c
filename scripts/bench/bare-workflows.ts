import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import type { BareInput } from './baseline/workflow';

export interface BareQueues {
  own: string;
  second: string;
}

/** One that does what an image's enrichment does, and nothing. */
export function executeBare(client: Client, bare: Bare): Promise<unknown> {
  return execute(client, 'bareWorkflow', bare);
}

/** One that does what a text turn with two tools does, and nothing. */
export function executeBareTurn(client: Client, bare: Bare): Promise<unknown> {
  return execute(client, 'bareTurnWorkflow', bare);
}

interface Bare {
  id: string;
  queues: BareQueues;
  /** Its short steps inside its workflow tasks, as the product takes them, instead of an activity for each. */
  atOnce: boolean;
}

function execute(client: Client, type: string, { id, queues, atOnce }: Bare): Promise<unknown> {
  const input: BareInput = { id, secondQueue: queues.second, atOnce };
  return client.workflow.execute(type, { workflowId: `bench:${id}`, taskQueue: queues.own, args: [input] });
}

/** A process that serves the bare workflows; resolves when it polls. */
export function startBareWorker(address: string, queues: BareQueues): Promise<ChildProcess> {
  const child = fork(path.join(__dirname, 'baseline/worker.js'), [address, queues.own, queues.second]);
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child));
    child.once('exit', (code) => reject(new Error(`the bare worker ended with ${code}`)));
  });
}
