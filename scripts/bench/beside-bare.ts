import { randomUUID } from 'node:crypto';
import { cpus } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import { createDatabase, type Database } from '../../core/database';
import { startStack, type Stack, type StackOptions } from '../embedded/stack';
import { startBareWorker, type BareQueues } from './bare-workflows';
import { readCpu, type CpuByPart } from './process-cpu';
import { newBenchTenant } from './tenant';

/** The product as it is started for real, and beside it a worker of the bare workflows on the same Temporal server. */
export interface BesideBare {
  stack: Stack;
  client: Client;
  db: Database;
  tenantId: string;
  queues: BareQueues;
  /** What every report says of where it was measured. */
  machine: { cores: number; cpu: string | undefined; database: 'embedded' | 'server' };
  /** CPU time so far of every process of the product, and of the bare workers. */
  cpu: () => CpuByPart;
}

/** Starts both, measures, and ends both, whatever happens. */
export async function besideBare<T>(
  options: Pick<StackOptions, 'simulatorArgs' | 'env'>,
  measure: (stage: BesideBare) => Promise<T>,
): Promise<T> {
  const stack = await startStack({
    ...options,
    dataDir: null,
    simulator: true,
    env: { LOG_LEVEL: 'warn', ...options.env },
  });
  const connection = await Connection.connect({ address: stack.urls.temporal });
  const db = createDatabase({ url: stack.urls.database });
  const queues = { own: `bench-${randomUUID()}`, second: `bench-${randomUUID()}` };
  const bare = await startBareWorker(stack.urls.temporal, queues);
  try {
    const { tenantId } = await newBenchTenant(db);
    const database = stack.processes.has('database') ? 'embedded' : 'server';
    const machine = { cores: cpus().length, cpu: cpus()[0]?.model, database } as const;
    // Anew each time: one that was started again has another id.
    const cpu = () => {
      const parts = [...stack.processes].map(([name, { pid }]) => [name, pid] as const);
      return readCpu(new Map([...parts, ['bareWorkers', bare.pid]]));
    };
    return await measure({ stack, client: new Client({ connection }), db, tenantId, queues, machine, cpu });
  } finally {
    bare.kill('SIGTERM');
    await db.close();
    await connection.close();
    await stack.stop();
  }
}
