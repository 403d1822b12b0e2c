import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line, and every event written, within a piece of work is marked with. Ids only. */
export interface WorkContext {
  /** The id of the request that started it all, from webhook to provider call. */
  correlationId?: string;
  workflowId?: string;
  activity?: string;
  attempt?: number;
}

const storage = new AsyncLocalStorage<WorkContext>();

/** Runs `work` so that its log lines and events carry `context`, on top of what they carry already. */
export function inContext<T>(context: WorkContext, work: () => T): T {
  return storage.run({ ...storage.getStore(), ...context }, work);
}

export function currentContext(): WorkContext {
  return storage.getStore() ?? {};
}
