import { condition } from '@temporalio/workflow';
import type { Mailbox } from './mailbox';

/** However fast somebody types, and whatever has to be read, they get an answer after this. */
const CEILING_MS = 5 * 60_000;

/**
 * Waits until nobody wrote for the channel's debounce time, or wrote as much as a turn may have, and the media have their
 * text, each within its bound.
 */
export async function debounce(mailbox: Mailbox): Promise<void> {
  const startedAt = Date.now();
  const remainingMs = () => Math.max(0, CEILING_MS - (Date.now() - startedAt));
  for (;;) {
    await quiet(mailbox, remainingMs);
    const arrivals = mailbox.arrivals;
    const waitMs = Math.min(mailbox.mediaWaitMs(), remainingMs());
    if (waitMs > 0) await condition(() => !mailbox.isWaitingForMedia() || mailbox.arrivals !== arrivals, waitMs);
    if (mailbox.arrivals === arrivals || remainingMs() === 0) return;
  }
}

async function quiet(mailbox: Mailbox, remainingMs: () => number): Promise<void> {
  for (;;) {
    const arrivals = mailbox.arrivals;
    const waitMs = Math.min(mailbox.debounceMs(), remainingMs());
    if (waitMs === 0 || mailbox.isFull()) return;
    const isInterrupted = await condition(() => mailbox.arrivals !== arrivals, waitMs);
    if (!isInterrupted) return;
  }
}
