import { sqlFile, type Tx } from '../../database';
import type { LegHit, Signal } from '../types';
import { isBy, type PersonAsked } from './people';
import { isWithin, type TimeRange } from './time-range';

/**
 * How the shape of a conversation moves scores. Tuned on LoCoMo's conversations 26 and 30, the share of answers also on the tuning part of
 * the Brazilian chats; the plateau is flat.
 */
const NEIGHBOUR_SHARES = [0.4, 0.2, 0.04, 0.03, 0.02] as const;
const SESSION_SHARE = 0.3;
const ANSWER_SHARE = 0.4;
const ROLE_FACTOR = 1.5;
const TIME_FACTOR = 1.5;
/** Of the best hit's score, for being of the time asked about. */
const TIME_SHARE = 0.1;

/** The sessions of so many of the best hits are read for their neighbours. */
const SESSIONS_READ = 60;

/** Messages of a session in the order they were said. */
interface SessionLayout {
  ids: readonly string[];
  /** Words of all of them. */
  length: number;
}

/** The order in which the messages of some sessions were said. */
export interface Layout {
  sessions: ReadonlyMap<string, SessionLayout>;
  places: ReadonlyMap<string, { session: SessionLayout; index: number }>;
}

export async function loadLayout(tx: Tx, tenantId: string, answers: readonly (readonly LegHit[])[]): Promise<Layout> {
  const wanted = new Set<string>();
  for (const hits of answers) {
    const own = new Set<string>();
    for (const { sessionId } of hits) {
      if (sessionId !== null) own.add(sessionId);
      if (own.size === SESSIONS_READ) break;
    }
    own.forEach((sessionId) => wanted.add(sessionId));
  }
  const sessions = new Map<string, SessionLayout>();
  const places = new Map<string, { session: SessionLayout; index: number }>();
  if (wanted.size === 0) return { sessions, places };
  const rows = await tx.$queryRawUnsafe<{ sessionId: string; ids: string; length: number }[]>(
    sqlFile('core/memory/search/sql/neighbours.sql'),
    tenantId,
    [...wanted],
  );
  for (const { sessionId, ids, length } of rows) {
    const session = { ids: ids.split(','), length };
    sessions.set(sessionId, session);
    session.ids.forEach((id, index) => places.set(id, { session, index }));
  }
  return { sessions, places };
}

/** Signals as bits, in the order in which they are told: hundreds of hits are moved, and ten are shown. */
const SIGNALS: readonly Signal[] = ['role', 'time', 'neighbour', 'answer', 'session'];
const ROLE = 1;
const TIME = 2;
const NEIGHBOUR = 4;
const ANSWER = 8;
const SESSION = 16;

export interface StructuredHit {
  hit: LegHit;
  /** The leg's own score; null for a message that is here because of the one beside it. */
  ownScore: number | null;
  score: number;
  /** Read by `signalsOf`. */
  signals: number;
}

export function signalsOf({ signals }: StructuredHit): Signal[] {
  return SIGNALS.filter((_, index) => (signals & (1 << index)) !== 0);
}

export function isOfThatTime({ signals }: StructuredHit): boolean {
  return (signals & TIME) !== 0;
}

/**
 * One leg's hits with what the conversation adds: words of the person asked about and of the time asked about count more,
 * messages share with their neighbours in the session, the message after a question inherits from it, and all messages of
 * a session that matches as a whole gain. Best first; scores from 0 to 1 + the session's share.
 */
export function applyStructure(
  hits: readonly LegHit[],
  {
    layout,
    asked,
    time,
    ofThatTime = [],
    sessionScores,
    mayAppear,
  }: {
    layout: Layout;
    asked: readonly PersonAsked[];
    time: TimeRange | null;
    /** What was said at the time asked about, whatever it says. */
    ofThatTime?: readonly LegHit[];
    sessionScores: ReadonlyMap<string, number>;
    /** Whether a message that no leg found may appear beside one that was found. */
    mayAppear: (id: string) => boolean;
  },
): StructuredHit[] {
  const entries = new Map<string, StructuredHit>();
  let best = 0;
  for (const hit of hits) {
    let { score } = hit;
    let signals = 0;
    if (asked.some((person) => isBy(person, hit))) {
      score *= ROLE_FACTOR;
      signals |= ROLE;
    }
    if (time !== null && isWithin(time, hit.occurredAt)) {
      score *= TIME_FACTOR;
      signals |= TIME;
    }
    best = Math.max(best, score);
    entries.set(hit.id, { hit, ownScore: hit.score, score, signals });
  }
  // Of the words alone: what is gained is not shared again.
  const gains = gainsBySession(entries.values(), layout);
  const ofTheTime = TIME_SHARE * (best || 1);
  for (const hit of ofThatTime) {
    const known = entries.get(hit.id);
    if (known) known.score += ofTheTime;
    else entries.set(hit.id, { hit, ownScore: null, score: ofTheTime, signals: TIME });
  }
  for (const { ids, from, shared, inherited } of gains) {
    for (const [index, id] of ids.entries()) {
      const neighbour = shared[index] ?? 0;
      const answer = inherited[index] ?? 0;
      if (neighbour + answer <= 0) continue;
      let entry = entries.get(id);
      if (!entry) {
        if (!mayAppear(id)) continue;
        entry = { hit: neighbourOf(from, id), ownScore: null, score: 0, signals: 0 };
        entries.set(id, entry);
      }
      entry.score += neighbour + answer;
      if (neighbour > 0) entry.signals |= NEIGHBOUR;
      if (answer > 0) entry.signals |= ANSWER;
    }
  }
  return withSessions([...entries.values()], sessionScores);
}

interface SessionGains {
  ids: readonly string[];
  /** One of the session's hits. */
  from: LegHit;
  /** What each message of the session has of those beside it, and of the question before it. */
  shared: Float64Array;
  inherited: Float64Array;
}

function gainsBySession(entries: Iterable<StructuredHit>, layout: Layout): Iterable<SessionGains> {
  const gains = new Map<SessionLayout, SessionGains>();
  for (const { hit, score } of entries) {
    const place = layout.places.get(hit.id);
    if (!place || score <= 0) continue;
    const { session, index } = place;
    let gained = gains.get(session);
    if (!gained) {
      const { ids } = session;
      gained = { ids, from: hit, shared: new Float64Array(ids.length), inherited: new Float64Array(ids.length) };
      gains.set(session, gained);
    }
    for (const [before, share] of NEIGHBOUR_SHARES.entries()) {
      add(gained.shared, index - before - 1, share * score);
      add(gained.shared, index + before + 1, share * score);
    }
    if (hit.asks) add(gained.inherited, index + 1, ANSWER_SHARE * score);
  }
  return gains.values();
}

function add(to: Float64Array, index: number, amount: number): void {
  const before = to[index];
  if (before !== undefined) to[index] = before + amount;
}

function withSessions(entries: StructuredHit[], sessionScores: ReadonlyMap<string, number>): StructuredHit[] {
  const best = entries.reduce((most, { score }) => Math.max(most, score), 0);
  const bestSession = Math.max(0, ...sessionScores.values());
  for (const entry of entries) {
    entry.score = best > 0 ? entry.score / best : 0;
    const { sessionId } = entry.hit;
    const session = (sessionId === null ? undefined : sessionScores.get(sessionId)) ?? 0;
    if (session > 0) {
      entry.score += (SESSION_SHARE * session) / bestSession;
      entry.signals |= SESSION;
    }
  }
  return entries.sort((a, b) => b.score - a.score || (a.hit.id < b.hit.id ? 1 : -1));
}

function neighbourOf(hit: LegHit, id: string): LegHit {
  return {
    id,
    kind: 'message',
    score: 0,
    sessionId: hit.sessionId,
    fromMe: null,
    speaker: null,
    asks: false,
    occurredAt: hit.occurredAt,
  };
}
