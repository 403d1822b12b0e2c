import assert from 'node:assert/strict';
import type { Json } from './http';

export interface StreamedEvent {
  id: string | undefined;
  name: string;
  data: Json;
}

/** A stream of server-sent events, as a client sees it. */
export interface EventStream {
  /** The next event; fails when none comes in time or the stream is over. */
  next(): Promise<StreamedEvent>;
  /** True if no event comes for so long. */
  isSilentFor(ms: number): Promise<boolean>;
  close(): Promise<void>;
}

/** For a busy machine. */
const LIMIT_MS = 60_000;

/** Opens a stream and reads from it. Fails unless it is answered with one. */
export async function openStream(
  url: string,
  { key, lastEventId }: { key: string; lastEventId?: string | undefined },
): Promise<EventStream> {
  const gone = new AbortController();
  const response = await fetch(url, {
    signal: gone.signal,
    headers: { authorization: `Bearer ${key}`, ...(lastEventId ? { 'last-event-id': lastEventId } : {}) },
  });
  assert.equal(response.status, 200, url);
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  assert.ok(response.body);
  const waiting: StreamedEvent[] = [];
  let wake: () => void = () => undefined;
  let isOver = false;
  const reading = read(response.body, (event) => {
    waiting.push(event);
    wake();
  })
    .catch((error: unknown) => {
      if (!gone.signal.aborted) throw error;
    })
    .finally(() => {
      isOver = true;
      wake();
    });

  const change = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  return {
    async next() {
      if (waiting.length === 0 && !isOver) await change(LIMIT_MS);
      const event = waiting.shift();
      assert.ok(event, isOver ? 'the stream is over' : 'no event came in time');
      return event;
    },
    async isSilentFor(ms) {
      if (waiting.length === 0 && !isOver) await change(ms);
      return waiting.length === 0;
    },
    async close() {
      gone.abort();
      await reading;
    },
  };
}

async function read(body: ReadableStream<Uint8Array>, onEvent: (event: StreamedEvent) => void): Promise<void> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = parse(text.slice(0, end));
      text = text.slice(end + 2);
      if (event) onEvent(event);
    }
  }
}

/** Null for comments and settings. */
function parse(frame: string): StreamedEvent | null {
  const fields = new Map(frame.split('\n').map((line) => [line.split(': ', 1)[0], line.slice(line.indexOf(': ') + 2)]));
  const data = fields.get('data');
  if (data === undefined) return null;
  return { id: fields.get('id'), name: fields.get('event') ?? 'message', data: JSON.parse(data) };
}
