import { once } from 'node:events';
import type { Request, Response } from 'express';
import { isKeyInForce } from '../../core/accounts/api-keys';
import type { Scope } from '../../core/accounts/scopes';
import {
  Feed,
  feedStart,
  type FeedAnswer,
  type FeedPosition,
  type FeedQuery,
  type FeedRow,
} from '../../core/crm/live/feed';
import type { Tx } from '../../core/database';
import { AppError } from '../../core/errors';
import { pause } from '../../core/pause';
import type { ApiDeps } from '../deps';
import { closedSignal } from './closed-signal';
import type { Caller } from './route';
import { z } from './zod';

/** What every stream says of itself. */
export const STREAMS =
  'It begins with what is written from now on, or, with the id of an event as `Last-Event-ID`, after that event: none is left ' +
  'out and none comes twice. A comment comes every 15 s while nothing happens.';

export const streamHeaders = z.object({ 'Last-Event-ID': z.string().optional() });

const CONTENT_TYPE = 'text/event-stream';

/** How a route says that it answers with a stream of such events. */
export function streamOf(event: z.ZodType) {
  return { status: 200, description: 'The events', body: null, streams: CONTENT_TYPE, streamed: event };
}

export function openEventStream(response: Response): void {
  response.status(200).set({
    'Content-Type': CONTENT_TYPE,
    'Cache-Control': 'no-store',
    // nginx would keep events until its buffer is full
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
}

/** From an event to who watches, half of this on average. Each stream asks the database so often. */
const POLL_MS = 500;
/** After a key was revoked or a contact forgotten, a stream goes on no longer than this. */
const CHECK_MS = 2_000;
/** Proxies close what is silent for 30 to 60 s. */
export const HEARTBEAT_MS = 15_000;
/** Who reads nothing for so long is gone. */
const WRITE_LIMIT_MS = 30_000;
const RECONNECT_MS = 2_000;
/** Of one process. Each costs two short transactions a second. */
const MAX_STREAMS_OF_TENANT = 20;
const MAX_STREAMS = 200;

export type StreamEnd = 'key_not_in_force' | 'contact_gone' | 'server_closing';

export interface EventStream<T extends FeedRow> {
  caller: Caller;
  scope: Scope;
  load: (tx: Tx, query: FeedQuery) => Promise<FeedAnswer<T>>;
  /** Looked at every few seconds. */
  isOver?: (tx: Tx, since: Date) => Promise<StreamEnd | null>;
  /** Name and body of what is sent. */
  present: (event: T) => { name: string; data: unknown };
}

/** @throws AppError RATE_LIMIT_EXCEEDED, CURSOR_INVALID (Last-Event-ID) */
export type EventStreams = <T extends FeedRow>(
  request: Request,
  response: Response,
  stream: EventStream<T>,
) => Promise<void>;

/**
 * Answers with server-sent events until the caller goes, the key is no longer in force, or the process is asked to stop. The
 * database is what streams read from, so it is all the same which process wrote and which one streams.
 */
export function createEventStreams({ db, isDraining }: Pick<ApiDeps, 'db' | 'isDraining'>): EventStreams {
  const open = new Map<string, number>();
  let total = 0;

  function take(tenantId: string): () => void {
    const ofTenant = open.get(tenantId) ?? 0;
    if (ofTenant >= MAX_STREAMS_OF_TENANT || total >= MAX_STREAMS) {
      throw new AppError('RATE_LIMIT_EXCEEDED', `${ofTenant} streams of this project are open; close one first`, {
        retryAfterMs: RECONNECT_MS,
      });
    }
    open.set(tenantId, ofTenant + 1);
    total += 1;
    return () => {
      total -= 1;
      const left = (open.get(tenantId) ?? 1) - 1;
      if (left === 0) open.delete(tenantId);
      else open.set(tenantId, left);
    };
  }

  async function endOf<T extends FeedRow>({ caller, scope, isOver }: EventStream<T>, since: Date) {
    if (isDraining()) return 'server_closing';
    return db.withTenant(caller.tenantId, async (tx) => {
      if (!(await isKeyInForce(tx, { ...caller, scope }))) return 'key_not_in_force';
      return isOver ? isOver(tx, since) : null;
    });
  }

  async function run<T extends FeedRow>(stream: EventStream<T>, feed: Feed<T>, response: Response): Promise<void> {
    const gone = closedSignal(response);
    const since = new Date();
    let checkedAt = Date.now();
    let wroteAt = Date.now();
    const write = async (text: string) => {
      wroteAt = Date.now();
      if (response.write(text)) return;
      const late = AbortSignal.timeout(WRITE_LIMIT_MS);
      try {
        await once(response, 'drain', { signal: AbortSignal.any([gone, late]) });
      } catch (error) {
        if (!gone.aborted && !late.aborted) throw error;
        response.destroy();
      }
    };
    await write(`retry: ${RECONNECT_MS}\n\n`);
    while (!gone.aborted) {
      if (isDraining() || Date.now() - checkedAt >= CHECK_MS) {
        const reason = await endOf(stream, since);
        checkedAt = Date.now();
        if (reason !== null) {
          response.end(`event: end\ndata: ${JSON.stringify({ reason })}\n\n`);
          return;
        }
      }
      const { items, isFull } = await feed.next();
      const frames = items.map(({ event, position }) => {
        const { name, data } = stream.present(event);
        return `id: ${toEventId(position)}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
      });
      if (frames.length > 0) await write(frames.join(''));
      else if (Date.now() - wroteAt >= HEARTBEAT_MS) await write(': nothing new\n\n');
      if (!isFull) await pause(POLL_MS, gone);
    }
  }

  return async (request, response, stream) => {
    const { tenantId } = stream.caller;
    const lastEventId = request.get('last-event-id');
    const given = lastEventId ? fromEventId(lastEventId) : null;
    const release = take(tenantId);
    try {
      const load = (query: FeedQuery) => db.withTenant(tenantId, (tx) => stream.load(tx, query), { isReadOnly: true });
      const start = await db.withTenant(tenantId, (tx) => feedStart(tx, given), { isReadOnly: true });
      const feed = new Feed(load, start);
      openEventStream(response);
      await run(stream, feed, response);
    } catch (error) {
      if (!response.destroyed) throw error;
    } finally {
      release();
    }
  };
}

function toEventId({ base, upto, writtenIn, id }: FeedPosition): string {
  return [base, upto ?? '', writtenIn, id].join('/');
}

const SNAPSHOT = '[0-9]{1,19}:[0-9]{1,19}:[0-9,]*';
const EVENT_ID = new RegExp(
  `^(${SNAPSHOT})/(${SNAPSHOT})?/([0-9]{1,18})/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`,
);

function fromEventId(text: string): FeedPosition {
  const [, base, upto, writtenIn, id] = EVENT_ID.exec(text) ?? [];
  if (base === undefined || writtenIn === undefined || id === undefined)
    throw new AppError('CURSOR_INVALID', 'Send as Last-Event-ID the id of an event of this stream, or nothing');
  return { base, upto: upto ?? null, writtenIn, id };
}
