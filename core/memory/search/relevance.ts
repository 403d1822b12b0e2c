import type { FusedHit } from './fusion';
import { FIRST_CODE, FIRST_HINT, FIRST_RELATED, type KeywordAnswer, type KeywordHit } from './legs/keyword';
import type { QueryTerm } from './query-terms';
import { isOfThatTime, type Layout } from './structure';

/** What a related word is worth of the word itself. */
const RELATED_SHARE = 0.6;
/** What it is worth to be of the time asked about. */
const TIME_SHARE = 0.5;
/** Of what is possible above the model's floor: a lesser nearness is that of any two sentences. */
const LEAST_COSINE = 0.1;
/** An answer may stand so many messages from the word that was asked for. */
const REACH = 2;

/**
 * Logistic regression on the tuning part of the Brazilian chats: hits of answerable and unanswerable questions, whether a hit
 * answers its question. `npm run eval -- memory-pt` shows on the held-out part how often hits of a relevance do.
 */
const WORDS = { bias: -6.33, own: 1.48, around: 0.22, hint: 1.07, score: 4.67 };
/** The same for hits known by their vector alone, measured with hashed words: for another model an order, not a share. */
const VECTOR = { bias: -3.92, cosine: 1.28, score: 3.0 };

export interface RelevanceBasis {
  terms: readonly QueryTerm[];
  /** Words of the question that say when: they are not looked for in the texts of that time. */
  timeWords: ReadonlySet<string>;
  keyword: KeywordAnswer | null;
  /** Cosine above the model's floor as a share of what is possible, by document; null when the leg did not run. */
  cosines: ReadonlyMap<string, number> | null;
  /** Below 1 for a model that only repeats the words (vector.ts). */
  vectorTrust: number;
  layout: Layout;
}

/**
 * How sure it is, from 0 to 1, that a hit answers the question: by the share of the question's words (by their rarity) that
 * it and the messages around it hold, by what the form of the question lets expect, and by its place in this answer.
 * Null when neither words nor vectors were asked, as by the strategy `recent_only`: being new says nothing.
 */
export function relevanceOf({ terms, timeWords, keyword, cosines, vectorTrust, layout }: RelevanceBasis) {
  const hits = new Map((keyword?.hits ?? []).map((hit) => [hit.id, hit]));
  const weights = terms.map((term, no) => (timeWords.has(term.word) ? 0 : rarity(keyword, no)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const isHintAsked = [...(keyword?.corpus.frequencies.keys() ?? [])].some((no) => isHint(no));

  const sharesOf = (hit: KeywordHit | undefined): number[] =>
    terms.map((term, no) => (hit === undefined ? 0 : shareOf(hit, term, no)));
  const covered = (shares: readonly number[]): number =>
    total === 0 ? 0 : shares.reduce((sum, share, no) => sum + share * (weights[no] ?? 0), 0) / total;

  return ({ id, score, legs }: FusedHit): number | null => {
    if (keyword === null && cosines === null) return null;
    const cosine = cosines?.get(id) ?? 0;
    const byVector = cosines === null ? 0 : logistic(VECTOR.bias + VECTOR.cosine * cosine + VECTOR.score * score);
    if (keyword === null) return cosine > 0 ? byVector : 0;
    const ofThatTime = legs.some(({ found }) => isOfThatTime(found)) ? TIME_SHARE : 0;
    const own = sharesOf(hits.get(id));
    const near = neighbours(layout, id).map((other) => sharesOf(hits.get(other)));
    const around = own.map((share, no) => Math.max(share, ...near.map((shares) => shares[no] ?? 0)));
    const isHinted = isHintAsked && (hits.get(id)?.numbers.some(isHint) ?? false);
    const aroundShare = Math.max(covered(around), ofThatTime);
    const byWords =
      aroundShare === 0
        ? 0
        : logistic(
            WORDS.bias +
              WORDS.own * Math.max(covered(own), ofThatTime) +
              WORDS.around * aroundShare +
              WORDS.hint * (isHinted ? 1 : 0) +
              WORDS.score * score,
          );
    // Hashed words repeat the words, and tell something only where none of them was found.
    const isVectorAsked = vectorTrust === 1 || byWords === 0;
    return Math.max(byWords, isVectorAsked && cosine > LEAST_COSINE ? byVector : 0);
  };
}

const isHint = (no: number): boolean => no >= FIRST_HINT && no < FIRST_CODE;

/** As BM25 has it; a word nobody said is the rarest. */
function rarity(keyword: KeywordAnswer | null, no: number): number {
  if (keyword === null) return 0;
  const { documents, frequencies } = keyword.corpus;
  const holding = frequencies.get(no)?.documents ?? 0;
  return Math.log(1 + (documents - holding + 0.5) / (holding + 0.5));
}

function shareOf({ numbers, frequencies }: KeywordHit, term: QueryTerm, no: number): number {
  // A word that only looks like the term has a frequency below 1.
  const own = Math.min(1, frequencies[numbers.indexOf(no)] ?? 0);
  const isCode = /\d/.test(term.word) && numbers.some((found) => found >= FIRST_CODE);
  return Math.max(own, isCode ? 1 : 0, numbers.includes(FIRST_RELATED + no) ? RELATED_SHARE : 0);
}

function neighbours(layout: Layout, id: string): string[] {
  const place = layout.places.get(id);
  if (!place) return [];
  return place.session.ids
    .slice(Math.max(0, place.index - REACH), place.index + REACH + 1)
    .filter((other) => other !== id);
}

function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
