import { ApplicationFailure, continueAsNew, proxyActivities, setHandler } from '@temporalio/workflow';
import type { HistoryImportActivities } from '../../activities/history-import';
import { findFacts } from '../facts/find-facts';
import { DATABASE_ACTIVITY, QUEUES } from '../shared/queues';
import { waitForActivity } from '../shared/wait-for-provider';
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

/** A history becomes contacts, sessions and messages, then vectors, then facts if they are wanted. Nobody is answered. */
export async function historyImportWorkflow(input: HistoryImportInput): Promise<HistoryImportProgress> {
  const { tenantId, importId, kind, wantsFacts = false } = input;
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
      // What is down is waited for, up to a day; what was stored until then stays.
      const step = await waitForActivity(() =>
        kind === 'jsonl' ? bulk.storeImportedFile(ref) : bulk.storeImportedChats(ref),
      );
      progress.linesRead = step.linesRead;
      progress.messagesStored = step.messagesStored;
      if (step.isDone) progress.phase = 'embedding';
      await goOn();
    }
    while (progress.phase === 'embedding') {
      const step = await waitForActivity(() => bulk.embedImported(ref));
      progress.messagesEmbedded = step.messagesEmbedded;
      if (step.isDone) progress.phase = wantsFacts ? 'facts' : 'done';
      await goOn();
    }
    while (progress.phase === 'facts') {
      if (await readNextFacts(ref, progress)) progress.phase = 'done';
      await goOn();
    }
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    await database.finishImport({ ...ref, errorCode: error.type ?? 'INTERNAL_ERROR' });
    throw error;
  }
  const factsErrorCode = progress.facts?.errorCode;
  await database.finishImport({ ...ref, ...(factsErrorCode === undefined ? {} : { factsErrorCode }) });
  return progress;
}

/** Faults of a text or an answer: the next messages may fare better. */
const FAULTS_OF_A_BATCH = new Set(['MODEL_OUTPUT_INVALID', 'CONTENT_BLOCKED', 'PROVIDER_REJECTED']);

/**
 * Reads the next messages for facts. What else than a batch fails (a budget or a provider that stays out for a day) ends
 * the reading and not the import, whose messages are all there.
 *
 * @returns whether that was all
 */
async function readNextFacts(
  ref: { tenantId: string; importId: string },
  progress: HistoryImportProgress,
): Promise<boolean> {
  const facts = (progress.facts ??= { messagesRead: 0, messagesSkipped: 0, found: 0 });
  const next = await database.nextFactBatch(ref);
  if (next === null) return true;
  const { messageIds, until } = next;
  let found = 0;
  let isSkipped = false;
  try {
    found = (await findFacts({ tenantId: ref.tenantId, messageIds })).length;
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    const code = error.type ?? 'INTERNAL_ERROR';
    if (!FAULTS_OF_A_BATCH.has(code)) {
      facts.errorCode = code;
      return true;
    }
    isSkipped = true;
  }
  await database.countFacts({ ...ref, until, messages: messageIds.length, facts: found, isSkipped });
  facts.messagesRead += messageIds.length;
  facts.messagesSkipped += isSkipped ? messageIds.length : 0;
  facts.found += found;
  return false;
}
