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

/** The order in which the messages of some sessions were said. */
export interface Layout {
  sessions: ReadonlyMap<string, { ids: readonly string[]; length: number }>;
  places: ReadonlyMap<string, { sessionId: string; index: number }>;
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
  const sessions = new Map<string, { ids: readonly string[]; length: number }>();
  const places = new Map<string, { sessionId: string; index: number }>();
  if (wanted.size === 0) return { sessions, places };
  const rows = await tx.$queryRawUnsafe<{ sessionId: string; ids: string; length: number }[]>(
    sqlFile('core/memory/search/sql/neighbours.sql'),
    tenantId,
    [...wanted],
  );
  for (const { sessionId, ids, length } of rows) {
    const list = ids.split(',');
    sessions.set(sessionId, { ids: list, length });
    list.forEach((id, index) => places.set(id, { sessionId, index }));
  }
  return { sessions, places };
}

export interface StructuredHit extends LegHit {
  /** The leg's own score; null for a message that is here because of the one beside it. */
  ownScore: number | null;
  signals: Signal[];
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
  const base = new Map<string, number>();
  for (const hit of hits) {
    const signals: Signal[] = [];
    let score = hit.score;
    if (asked.some((person) => isBy(person, hit))) {
      score *= ROLE_FACTOR;
      signals.push('role');
    }
    if (time !== null && isWithin(time, hit.occurredAt)) {
      score *= TIME_FACTOR;
      signals.push('time');
    }
    base.set(hit.id, score);
    entries.set(hit.id, { ...hit, ownScore: hit.score, score, signals });
  }
  const bestHit = Math.max(0, ...base.values()) || 1;
  for (const hit of ofThatTime) {
    const known = entries.get(hit.id);
    const score = TIME_SHARE * bestHit;
    if (known) known.score += score;
    else entries.set(hit.id, { ...hit, ownScore: null, score, signals: ['time'] });
  }
  for (const { ids, from, shared, inherited } of gainsBySession(hits, base, layout)) {
    ids.forEach((id, index) => {
      const neighbour = shared[index] ?? 0;
      const answer = inherited[index] ?? 0;
      if (neighbour + answer <= 0) return;
      let entry = entries.get(id);
      if (!entry) {
        if (!mayAppear(id)) return;
        entry = { ...neighbourOf(from, id), ownScore: null, score: 0, signals: [] };
        entries.set(id, entry);
      }
      entry.score += neighbour + answer;
      if (neighbour > 0) entry.signals.push('neighbour');
      if (answer > 0) entry.signals.push('answer');
    });
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

function gainsBySession(
  hits: readonly LegHit[],
  base: ReadonlyMap<string, number>,
  layout: Layout,
): Iterable<SessionGains> {
  const gains = new Map<string, SessionGains>();
  for (const hit of hits) {
    const place = layout.places.get(hit.id);
    const score = base.get(hit.id) ?? 0;
    if (!place || score <= 0) continue;
    let session = gains.get(place.sessionId);
    if (!session) {
      const ids = layout.sessions.get(place.sessionId)?.ids ?? [];
      session = { ids, from: hit, shared: new Float64Array(ids.length), inherited: new Float64Array(ids.length) };
      gains.set(place.sessionId, session);
    }
    NEIGHBOUR_SHARES.forEach((share, index) => {
      add(session.shared, place.index - index - 1, share * score);
      add(session.shared, place.index + index + 1, share * score);
    });
    if (hit.asks) add(session.inherited, place.index + 1, ANSWER_SHARE * score);
  }
  return gains.values();
}

function add(to: Float64Array, index: number, amount: number): void {
  const before = to[index];
  if (before !== undefined) to[index] = before + amount;
}

function withSessions(entries: StructuredHit[], sessionScores: ReadonlyMap<string, number>): StructuredHit[] {
  const best = Math.max(0, ...entries.map(({ score }) => score));
  const bestSession = Math.max(0, ...sessionScores.values());
  for (const entry of entries) {
    entry.score = best > 0 ? entry.score / best : 0;
    const session = (entry.sessionId === null ? undefined : sessionScores.get(entry.sessionId)) ?? 0;
    if (session > 0) {
      entry.score += (SESSION_SHARE * session) / bestSession;
      entry.signals.push('session');
    }
  }
  return entries.sort((a, b) => b.score - a.score || (a.id < b.id ? 1 : -1));
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
