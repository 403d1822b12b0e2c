/** Words and vectors of the benchmark: the same ones in every run. */

export const MODEL = 'bench-model';
export const DIMENSIONS = 768;
export const TOPICS = 300;
export const NOISES = 600;

const WORDS = 6_000;
const WORDS_OF_A_TOPIC = 60;
/** Of a message's words, those that its topic brings. */
const TOPIC_SHARE = 0.4;
/** Beside a topic of 1: two noises make messages of one topic about .5 alike, as sentences on one matter are. */
const NOISE_SCALE = 0.7;

export type Random = () => number;

/** Mulberry32, public domain, by Tommy Ettinger: repeatable, and quick. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

export interface World {
  topics: number[][];
  noises: number[][];
  sentence(topic: number): string;
}

export function createWorld(random: Random): World {
  const words = vocabulary(random);
  const topicWords = Array.from({ length: TOPICS }, () =>
    Array.from({ length: WORDS_OF_A_TOPIC }, () => words[below(random, WORDS)] ?? ''),
  );
  // A few words are said all the time and most hardly ever (Zipf).
  const common = () => words[Math.floor(WORDS * random() ** 3)] ?? '';
  return {
    topics: vectors(random, TOPICS, 1),
    noises: vectors(random, NOISES, NOISE_SCALE),
    sentence(topic) {
      const own = topicWords[topic] ?? [];
      const said = Array.from({ length: 5 + below(random, 14) }, () =>
        random() < TOPIC_SHARE ? (own[below(random, own.length)] ?? '') : common(),
      );
      return said.join(' ') + (random() < 0.15 ? '?' : '');
    },
  };
}

function vocabulary(random: Random): string[] {
  const syllables = [...'bcdfglmnprstvz'].flatMap((consonant) => [...'aeiou'].map((vowel) => consonant + vowel));
  const words = new Set<string>();
  while (words.size < WORDS) {
    const length = 2 + below(random, 3);
    words.add(Array.from({ length }, () => syllables[below(random, syllables.length)]).join(''));
  }
  return [...words];
}

function vectors(random: Random, count: number, scale: number): number[][] {
  return Array.from({ length: count }, () =>
    Array.from({ length: DIMENSIONS }, () => Number((scale * gaussian(random)).toFixed(4))),
  );
}

function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
