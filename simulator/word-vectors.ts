/** Words that say little about the topic count for little, or every two Portuguese sentences would look alike. */
const STOP_WORDS = new Set(
  'a o as os um uma uns umas de do da dos das em no na nos nas e ou que se com por para pra eu voce ele ela me te meu minha seu sua nao sim the of and to in is it for on'.split(
    ' ',
  ),
);
const POSITIONS_PER_WORD = 8;
const MAX_CACHED_WORDS = 50_000;
const wordSeeds = new Map<string, Uint32Array>();

/**
 * A unit vector of `dimensions` numbers in which texts that share words lie close together: each word adds to a few
 * positions chosen by its hash, and so does its beginning, which brings inflections of the same word together.
 */
export function wordVector(text: string, dimensions: number): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  const words = text
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .match(/[\p{L}\p{N}]+/gu) ?? ['\u0000'];
  for (const word of words) {
    const weight = STOP_WORDS.has(word) ? 0.1 : 1;
    add(vector, word, weight);
    if (word.length > 5) add(vector, `${word.slice(0, 5)}*`, weight * 0.7);
  }
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1;
  // Six decimals, as providers send them: the digits of a double would be most of the answer.
  return vector.map((value) => Math.round((value / length) * 1e6) / 1e6);
}

function add(vector: number[], word: string, weight: number): void {
  for (const seed of seedsOf(word)) {
    const position = (seed >>> 1) % vector.length;
    vector[position] = (vector[position] ?? 0) + (seed & 1 ? weight : -weight);
  }
}

function seedsOf(word: string): Uint32Array {
  const known = wordSeeds.get(word);
  if (known) return known;
  // FNV-1a, then xorshift for the following positions.
  let state = 0x811c9dc5;
  for (let index = 0; index < word.length; index++) {
    state = Math.imul(state ^ word.charCodeAt(index), 0x01000193);
  }
  const seeds = new Uint32Array(POSITIONS_PER_WORD);
  for (let index = 0; index < POSITIONS_PER_WORD; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    seeds[index] = state >>> 0;
  }
  if (wordSeeds.size >= MAX_CACHED_WORDS) wordSeeds.clear();
  wordSeeds.set(word, seeds);
  return seeds;
}
