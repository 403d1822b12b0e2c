import { ApplicationFailure, continueAsNew, proxyActivities, setHandler } from '@temporalio/workflow';
import type { HistoryImportActivities } from '../../activities/history-import';
import { toFailure } from '../shared/failures';
import { DATABASE_ACTIVITY, QUEUES } from '../shared/queues';
import { waitForProvider, type Outcome } from '../shared/wait-for-provider';
import { getImportProgress } from './messages';
import type { HistoryImportInput, HistoryImportProgress } from './types';

/** One call works for half a minute and keeps its place, so a dead worker costs no more than its last batch. */
const bulk = proxyActivities<HistoryImportActivities>({
  taskQueue: QUEUES.bulk,
  startToCloseTimeout: '5m',
  heartbeatTimeout: '20s',
  retry: { maximumAttempts: 5, initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
});
const database = proxyActivities<HistoryImportActivities>(DATABASE_ACTIVITY);

const MAX_CALLS_PER_RUN = 200;

/** A history becomes contacts, sessions and messages, then vectors. Nobody is answered. */
export async function historyImportWorkflow(input: HistoryImportInput): Promise<HistoryImportProgress> {
  const { tenantId, importId, kind } = input;
  const ref = { tenantId, importId };
  const progress: HistoryImportProgress = input.progress ?? {
    phase: 'storing',
    linesRead: 0,
    messagesStored: 0,
    messagesEmbedded: 0,
  };
  setHandler(getImportProgress, () => progress);
  let calls = 0;
  const goOn = async () => {
    calls += 1;
    if (calls >= MAX_CALLS_PER_RUN) await continueAsNew<typeof historyImportWorkflow>({ ...input, progress });
  };
  try {
    while (progress.phase === 'storing') {
      const step = await settle(() => (kind === 'jsonl' ? bulk.storeImportedFile(ref) : bulk.storeImportedChats(ref)));
      progress.linesRead = step.linesRead;
      progress.messagesStored = step.messagesStored;
      if (step.isDone) progress.phase = 'embedding';
      await goOn();
    }
    while (progress.phase === 'embedding') {
      const step = await settle(() => bulk.embedImported(ref));
      progress.messagesEmbedded = step.messagesEmbedded;
      if (step.isDone) progress.phase = 'done';
      await goOn();
    }
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    await database.finishImport({ ...ref, errorCode: error.type ?? 'INTERNAL_ERROR' });
    throw error;
  }
  await database.finishImport(ref);
  return progress;
}

/** What is down is waited for, up to a day; what was stored until then stays. */
function settle<T>(run: () => Promise<T>): Promise<T> {
  return waitForProvider<T>(async (): Promise<Outcome<T>> => {
    try {
      return { result: await run() };
    } catch (error) {
      return { failure: toFailure(error) };
    }
  });
}
