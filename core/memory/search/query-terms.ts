import { relatedWords } from './related-words';
import { CHAT_SPELLINGS, isEnglish, stopWordsOf } from './stop-words';
import { foldWord } from './fold-word';

/** One word of the query and every spelling that means it. A document matches the term by any of them. */
export interface QueryTerm {
  word: string;
  variants: string[];
  /** Other words for the same matter, which count less. */
  related: string[];
}

/** More words add cost, not recall: what follows is a pasted document, not a question. */
const MAX_TERMS = 48;

const WORD = /[\p{L}\p{M}\p{N}]+(?:[.,@_+-][\p{L}\p{M}\p{N}]+)*/gu;

/**
 * The words of a query that carry meaning, with the spellings under which Portuguese text may hold them.
 * Sources of the rules: the Snowball stemmer leaves `reuniao` and `reunioes` apart, stop words lose their accents before
 * the dictionary sees them, and the parser splits `1.500,00`.
 */
export function queryTerms(query: string, leaveOut: ReadonlySet<string> = new Set()): QueryTerm[] {
  const words = (query.match(WORD) ?? []).map(foldWord);
  const stopWords = stopWordsOf(words);
  const isPortuguese = !isEnglish(words);
  const terms = new Map<string, QueryTerm>();
  for (const [index, word] of words.entries()) {
    if (stopWords.has(word) || leaveOut.has(word) || terms.has(word)) continue;
    if (word.length < 2 && !/\d/.test(word)) continue;
    const variants = [...variantsOf(word), ...thousandsOf(word, words[index + 1])];
    terms.set(word, { word, variants, related: isPortuguese ? relatedWords(word) : [] });
    if (terms.size === MAX_TERMS) break;
  }
  return [...terms.values()];
}

function variantsOf(word: string): string[] {
  if (/^[\d.,]+$/.test(word)) return numberVariants(word);
  const variants = new Set([word, ...(CHAT_SPELLINGS.get(word) ?? [])]);
  // At least two letters before the ending, so that "pões" and "mãos" stay themselves.
  const plural = /^(\p{L}{2,})(?:oes|ao)$/u.exec(word);
  if (plural) {
    variants.add(`${plural[1]}oes`);
    variants.add(`${plural[1]}ao`);
  }
  return [...variants];
}

/** `1500`, `1.500` and `1.500,00` are one amount; the parser keeps the first two whole and cuts the cents off. */
function numberVariants(word: string): string[] {
  const whole = word.replace(/,\d{1,2}$/, '').replace(/[.,]/g, '');
  if (whole.length < 4) return [...new Set([word, whole])];
  return [...new Set([word, whole, whole.replace(/\B(?=(\d{3})+$)/g, '.')])];
}

/** `52 mil` is the amount that others write as 52.000. */
function thousandsOf(word: string, next: string | undefined): string[] {
  return next === 'mil' && /^\d{1,3}$/.test(word) ? numberVariants(`${word}000`) : [];
}
