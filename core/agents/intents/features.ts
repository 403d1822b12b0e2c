import { tokenize, VOCABULARY } from './normalize';

/** How far a negation reaches, in tokens. */
const NEGATION_REACH = 3;
const GRAMS = [2, 3, 4, 5];
const SURROGATE = /[\ud800-\udfff]/;

/** The features of a message in three kinds, each a set. scripts/intents/features.py makes the same ones. */
export interface Features {
  words: Set<string>;
  grams: Set<string>;
  concepts: Set<string>;
}

interface Pattern {
  concept: string;
  tokens: string[];
  isPrefix: boolean;
}

const NEGATORS = new Set(VOCABULARY.negators);
/** Made for the first message: the API, which reads none, need not read thousands of phrases to start. */
let patterns: ReadonlyMap<string, Pattern[]> | undefined;

export function featuresOf(text: string): Features {
  const tokens = tokenize(text);
  const words = new Set<string>();
  const grams = new Set<string>();
  tokens.forEach((token, index) => {
    words.add(`w:${token}`);
    words.add(`b:${tokens[index - 1] ?? '^'} ${token}`);
    const after = tokens[index + 2];
    if (after !== undefined) words.add(`s:${token} ${after}`);
    if (isNegated(tokens, index)) words.add(`n:${token}`);
    addGrams(grams, ` ${token} `);
  });
  words.add(`b:${tokens[tokens.length - 1] ?? '^'} $`);
  return { words, grams, concepts: conceptsOf(tokens) };
}

function addGrams(grams: Set<string>, padded: string): void {
  // Only an emoji, a token of its own, is more than one unit; anything else is cut as it is, which is several times quicker.
  const chars = SURROGATE.test(padded) ? [...padded] : padded;
  for (const size of GRAMS) {
    for (let start = 0; start + size <= chars.length; start++) {
      const gram = chars.slice(start, start + size);
      grams.add(typeof gram === 'string' ? gram : gram.join(''));
    }
  }
}

/** Concepts named, those denied (`!leave`), each pair of them, the last one, and how long the message is. */
function conceptsOf(tokens: string[]): Set<string> {
  const byStart = (patterns ??= patternsByStart());
  const named: string[] = [];
  tokens.forEach((token, index) => {
    for (const { concept, tokens: pattern, isPrefix } of byStart.get(token.slice(0, 2)) ?? []) {
      if (!matches(tokens, index, pattern, isPrefix)) continue;
      named.push(isNegated(tokens, index) ? `!${concept}` : concept);
    }
  });
  const distinct = [...new Set(named)].sort();
  const features = new Set<string>(distinct.map((concept) => `c:${concept}`));
  distinct.forEach((one, index) => {
    for (const other of distinct.slice(index + 1)) features.add(`p:${one}|${other}`);
  });
  features.add(`f:${named[0] ?? '-'}`);
  features.add(`e:${named[named.length - 1] ?? '-'}`);
  features.add(
    `l:${tokens.length < 4 ? tokens.length : tokens.length < 8 ? 'few' : tokens.length < 16 ? 'some' : 'many'}`,
  );
  return features;
}

function matches(tokens: string[], index: number, pattern: string[], isPrefix: boolean): boolean {
  return pattern.every((word, offset) => {
    const token = tokens[index + offset];
    if (token === undefined) return false;
    return isPrefix && offset === pattern.length - 1 ? token.startsWith(word) : token === word;
  });
}

function isNegated(tokens: string[], index: number): boolean {
  return tokens.slice(Math.max(0, index - NEGATION_REACH), index).some((token) => NEGATORS.has(token));
}

/** By the first two letters, so that a token meets a handful of patterns instead of thousands. */
function patternsByStart(): Map<string, Pattern[]> {
  const map = new Map<string, Pattern[]>();
  for (const [concept, phrases] of Object.entries(VOCABULARY.concepts)) {
    for (const phrase of phrases) {
      const pattern = {
        concept,
        tokens: tokenize(phrase.replaceAll('*', '')),
        isPrefix: phrase.endsWith('*'),
      };
      const start = (pattern.tokens[0] ?? '').slice(0, 2);
      const others = map.get(start);
      if (others) others.push(pattern);
      else map.set(start, [pattern]);
    }
  }
  return map;
}
