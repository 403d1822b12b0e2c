import { createHash } from 'node:crypto';
import type { Database } from '../../database';
import type { SearchRequest, SearchResult } from '../types';

export type Answer = Omit<SearchResult, 'strategyUsed' | 'durationMs' | 'isCached'>;

interface Entry {
  answer: Answer;
  /** Of what is stored about the contact (memory_contacts), read before the answer was. */
  version: string;
  /** As performance.now(). */
  validUntilMs: number;
  characters: number;
}

/** Of one process. About 16 MB at most: answers are texts of messages. */
const MAX_ENTRIES = 1_000;
const MAX_CHARACTERS = 8_000_000;
/** "Ontem" means another day after midnight, which comes on the half hour in every time zone that matters here. */
const SAME_DAY_MS = 30 * 60_000;

/**
 * Answers about one contact, for the strategy's seconds. A row of the contact that is written meanwhile counts up the
 * contact's version in its own transaction, and an answer of another version is none: nobody has to invalidate anything, in
 * whichever process the row was written.
 */
export interface AnswerCache {
  /** The answer and the version it is good for. Using it makes it the last to go. */
  find(key: string): Pick<Entry, 'answer' | 'version'> | null;
  keep(key: string, entry: { answer: Answer; version: string; seconds: number }): void;
}

const caches = new WeakMap<Database, AnswerCache>();

/** The cache of a database: answers of one never serve another. */
export function answerCacheOf(db: Database): AnswerCache {
  const cache = caches.get(db) ?? createAnswerCache();
  caches.set(db, cache);
  return cache;
}

function createAnswerCache(): AnswerCache {
  // A Map keeps its keys in the order they were set: the first is the one unused for longest.
  const entries = new Map<string, Entry>();
  let characters = 0;
  const remove = (key: string): void => {
    characters -= entries.get(key)?.characters ?? 0;
    entries.delete(key);
  };
  return {
    find(key) {
      const entry = entries.get(key);
      if (!entry) return null;
      entries.delete(key);
      if (entry.validUntilMs <= performance.now()) {
        characters -= entry.characters;
        return null;
      }
      entries.set(key, entry);
      return entry;
    },
    keep(key, { answer, version, seconds }) {
      remove(key);
      const size = answer.results.reduce((sum, { content }) => sum + content.length, 0);
      entries.set(key, { answer, version, validUntilMs: performance.now() + 1000 * seconds, characters: size });
      characters += size;
      for (const oldest of entries.keys()) {
        if (entries.size <= MAX_ENTRIES && characters <= MAX_CHARACTERS) break;
        remove(oldest);
      }
    },
  };
}

/** Everything that an answer depends on, but for what is stored. */
export function answerKey({ queryVector, now, since, until, timeoutMs: _, rerank, ...request }: SearchRequest): string {
  const vector =
    typeof queryVector === 'function'
      ? 'of the configured model'
      : queryVector.vector
        ? [queryVector.model, digest(Float64Array.from(queryVector.vector))]
        : null;
  const moment = now ? now.toISOString() : Math.floor(Date.now() / SAME_DAY_MS);
  const parts = [
    vector,
    moment,
    since,
    until,
    rerank !== undefined,
    Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1)),
  ];
  return digest(JSON.stringify(parts));
}

function digest(of: string | Float64Array): string {
  return createHash('sha256').update(of).digest('base64');
}
