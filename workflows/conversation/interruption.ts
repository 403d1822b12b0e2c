import { CancellationScope, condition, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { ConversationActivities } from '../../activities/conversation';
import { DATABASE_ACTIVITY } from '../shared/queues';
import type { Mailbox } from './mailbox';

const database = proxyActivities<ConversationActivities>(DATABASE_ACTIVITY);

/** Whoever never stops writing is answered all the same: so often in a row a turn may begin anew. */
const MAX_IN_A_ROW = 3;
const NOT_YET_WAIT = '500ms';

/**
 * Runs a turn until it is over, or until the customer's next message interrupts it. The database decides which of the two
 * came first; only then is the turn cancelled.
 *
 * @returns whether it was interrupted: then its messages wait for another turn.
 */
export async function runInterruptibly(
  turn: { tenantId: string; turnId: string },
  mailbox: Mailbox,
  run: () => Promise<void>,
): Promise<boolean> {
  const scope = new CancellationScope();
  let end: { error?: unknown } | null = null;
  const isOver = () => end !== null;
  void scope.run(run).then(
    () => void (end = {}),
    (error: unknown) => void (end = { error }),
  );
  const mayInterrupt = mailbox.interruptions < MAX_IN_A_ROW;
  await condition(() => isOver() || (mayInterrupt && mailbox.wantsInterruption()));
  while (!isOver()) {
    const { result } = await database.interruptTurn(turn);
    if (result === 'interrupted') {
      scope.cancel();
      await condition(isOver);
      mailbox.interruptions++;
      return true;
    }
    if (result === 'too_late') await condition(isOver);
    else await condition(isOver, NOT_YET_WAIT);
  }
  mailbox.interruptions = 0;
  rethrow(end);
  return false;
}

function rethrow(end: { error?: unknown } | null): void {
  if (end && 'error' in end && (isCancellation(end.error) || end.error instanceof Error)) throw end.error;
}
