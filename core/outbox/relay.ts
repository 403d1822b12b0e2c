import type { Database } from '../database';
import { errorMessage, isAppError } from '../errors';
import type { Logger } from '../logging/logger';
import { pause } from '../pause';
import { inContext, type WorkContext } from '../observability/context';
import { claimEvents, markProcessed, putBack, type ClaimedEvent } from './repository';

const BATCH_SIZE = 100;
const PARALLEL_AGGREGATES = 20;
const UNREACHABLE_DELAY_MS = 2_000;

export interface Relay {
  /** Resolves when `signal` aborts and the batch in hand is done. */
  run(signal: AbortSignal): Promise<void>;
}

interface RelayDeps {
  db: Database;
  logger: Logger;
  pollMs: number;
  /** From one try of an event that its receiver refuses to the next. */
  retryMs: number;
  /** Hands one event over. Must be idempotent: an event may come again after a crash. */
  deliver: (event: ClaimedEvent) => Promise<void>;
}

/**
 * Moves events from the outbox to their receivers: events of one aggregate in order, aggregates in parallel.
 * It polls, because the embedded database does not deliver NOTIFY and one way is enough.
 */
export function createRelay({ db, logger, pollMs, retryMs, deliver }: RelayDeps): Relay {
  async function deliverInOrder(events: ClaimedEvent[], done: string[]): Promise<void> {
    for (const [index, event] of events.entries()) {
      try {
        await inContext(contextOf(event), () => deliver(event));
        done.push(event.sequence);
      } catch (error) {
        const isUnreachable = isAppError(error) && error.retryClass === 'transient';
        logger.warn(
          { ...contextOf(event), eventType: event.eventType, eventId: event.eventId, reason: errorMessage(error) },
          'event not delivered',
        );
        const code = isAppError(error) ? error.code : 'INTERNAL_ERROR';
        await putBack(db, [event.sequence], {
          code,
          reason: errorMessage(error),
          delayMs: isUnreachable ? UNREACHABLE_DELAY_MS : retryMs,
          countsAsTry: !isUnreachable,
        });
        const rest = events.slice(index + 1).map(({ sequence }) => sequence);
        if (rest.length > 0)
          await putBack(db, rest, { code, reason: 'waits for an earlier event', delayMs: 0, countsAsTry: false });
        return;
      }
    }
  }

  async function deliverBatch(events: ClaimedEvent[]): Promise<void> {
    const lanes = lanesByAggregate(events);
    const done: string[] = [];
    async function work(): Promise<void> {
      for (let lane = lanes.shift(); lane; lane = lanes.shift()) await deliverInOrder(lane, done);
    }
    await Promise.all(Array.from({ length: PARALLEL_AGGREGATES }, work));
    if (done.length > 0) await markProcessed(db, done);
  }

  return {
    async run(signal) {
      while (!signal.aborted) {
        let claimed = 0;
        try {
          const events = await claimEvents(db, BATCH_SIZE);
          claimed = events.length;
          if (claimed > 0) await deliverBatch(events);
        } catch (error) {
          // The database is away: claims expire by themselves, so waiting is all there is to do.
          logger.error({ reason: errorMessage(error) }, 'outbox relay failed, trying again');
        }
        if (claimed < BATCH_SIZE) await pause(pollMs, signal);
      }
    },
  };
}

function contextOf({ correlationId }: ClaimedEvent): WorkContext {
  return correlationId === null ? {} : { correlationId };
}

function lanesByAggregate(events: ClaimedEvent[]): ClaimedEvent[][] {
  const lanes = new Map<string, ClaimedEvent[]>();
  for (const event of events) {
    const lane = lanes.get(event.aggregateId);
    if (lane) lane.push(event);
    else lanes.set(event.aggregateId, [event]);
  }
  return [...lanes.values()];
}
