import type { EmbeddingProvider } from '../ports';
import { DEFAULT_DIMENSIONS } from '../stored-model';
import { normalised } from '../vectors';

/** A change to anything below makes old vectors incomparable: give it a new version. */
const MODEL = 'local-hash-768-v1';

/** How much all trigrams of a word weigh beside the word itself: as much, so a plural or a typo is worth about two fifths. */
const TRIGRAMS_SHARE = 1;

/** Words that any two sentences share. Unaccented. */
const STOP_WORDS = new Set(
  (
    'a o as os um uma uns umas de do da dos das em no na nos nas por pelo pela pelos pelas para pra com sem sob e ou mas que ' +
    'se eu tu ele ela eles elas nos vos voce voces me te lhe meu minha seu sua isso isto esse essa este esta aquele aquela ao aos ' +
    'ser sao foi era estar esta estou tem ter ha ja nao sim mais muito tambem como quando qual quais ' +
    'the an and or but of to in on at by for with from is are was were be been it its this that these those i you he she we they ' +
    'my your his her our their not no yes do does did have has had as if so what which when how'
  ).split(' '),
);

/** FNV-1a, 32 bits, over UTF-16 code units, with the final mixing of MurmurHash3 so that all bits are good. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const words = plain.match(/[\p{L}\p{N}]+/gu) ?? [];
  const telling = words.filter((word) => !STOP_WORDS.has(word));
  if (telling.length > 0) return telling;
  // "é isso" or a lone emoji must still have a direction: a zero vector has no distance to anything.
  return words.length > 0 ? words : [...plain.replace(/\s+/g, ''), '(empty)'];
}

function trigramsOf(word: string): string[] {
  const padded = `^${word}$`;
  return Array.from({ length: Math.max(0, padded.length - 2) }, (_, index) => padded.slice(index, index + 3));
}

/** Weight of every feature of a text: how often it occurs, damped (1 + ln n), a word's trigrams sharing one part. */
function featureWeights(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const weights = new Map<string, number>();
  const add = (feature: string, weight: number): void => {
    weights.set(feature, (weights.get(feature) ?? 0) + weight);
  };
  for (const [word, count] of counts) {
    const weight = 1 + Math.log(count);
    const trigrams = trigramsOf(word);
    add(`w:${word}`, weight);
    // The square root, because squares of weights add up to a vector's length.
    for (const trigram of trigrams) add(`t:${trigram}`, (weight * TRIGRAMS_SHARE) / Math.sqrt(trigrams.length));
  }
  return weights;
}

function vectorOf(words: readonly string[]): number[] {
  const vector = new Array<number>(DEFAULT_DIMENSIONS).fill(0);
  for (const [feature, weight] of featureWeights(words)) {
    const hash = hash32(feature);
    const slot = (hash >>> 1) % DEFAULT_DIMENSIONS;
    // The sign makes collisions cancel out on average instead of adding up (Weinberger et al., 2009).
    vector[slot] = (vector[slot] ?? 0) + (hash & 1 ? weight : -weight);
  }
  return normalised(vector);
}

/**
 * Embeddings without a model, a key or a network: unaccented Portuguese and English words and their character trigrams,
 * hashed with a sign into 768 slots, damped by frequency, scaled to length 1. The same text gives the same vector on every
 * machine. It finds shared and similarly spelt words, not meaning.
 */
export function createLocalEmbeddings(): EmbeddingProvider {
  return {
    name: 'local',
    model: MODEL,
    dimensions: DEFAULT_DIMENSIONS,
    isOurs: true,
    async embed({ texts }, { signal }) {
      signal.throwIfAborted();
      const wordLists = texts.map(wordsOf);
      const inputTokens = wordLists.reduce((sum, words) => sum + words.length, 0);
      return { vectors: wordLists.map(vectorOf), model: MODEL, usage: { inputTokens } };
    },
  };
}
