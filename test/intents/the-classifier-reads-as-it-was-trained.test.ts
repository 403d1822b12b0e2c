import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { localClassifier } from '../../core/agents/intents/local-classifier';
import { INTENTS } from '../../core/agents/intents/types';
import { murmur3 } from '../../core/agents/intents/murmur3';
import { projectRoot } from '../../core/project-root';

/** From scikit-learn's murmurhash3_32 with seed 0. */
const HASHES: [text: string, hash: number][] = [
  ['', 0],
  ['a', 1009084850],
  ['ab', 2613040991],
  ['abc', 3017643002],
  ['abcd', 1139631978],
  ['ação', 4088441131],
  ['boleto', 1767778945],
  ['segunda via 🙏', 2705650406],
  ['x'.repeat(37), 3288984187],
];

/** Scores from here on are of the words alone, which are computed alike everywhere. */
const SURE_BY_WORDS = 0.999;
/** The trainer's runtime and the product's round the 8 bits of the encoder differently: seldom by so much, on average hardly. */
const ENCODER_ROUNDS = 0.1;
const ENCODER_ROUNDS_ON_AVERAGE = 0.002;

interface Expected {
  text: string;
  /** In the order of INTENTS. */
  scores: number[];
}

describe('the classifier reads as it was trained', () => {
  const sample = JSON.parse(
    readFileSync(path.join(projectRoot(), 'test/fixtures/intents/parity.json'), 'utf8'),
  ) as Expected[];

  it('gives every text of the sample the scores that the trainer computed', async () => {
    assert.ok(sample.length > 150);
    let differences = 0;
    for (const { text, scores } of sample) {
      const own = await localClassifier().classify(text);
      const allowed = Math.max(...scores) >= SURE_BY_WORDS ? 1e-6 : ENCODER_ROUNDS;
      INTENTS.forEach((intent, index) => {
        const difference = Math.abs(own[intent] - (scores[index] ?? Number.NaN));
        assert.ok(difference < allowed, `${intent} of “${text}” differs by ${difference}`);
        differences += difference;
      });
    }
    const mean = differences / (sample.length * INTENTS.length);
    assert.ok(mean < ENCODER_ROUNDS_ON_AVERAGE, `on average they differ by ${mean}`);
  });

  it('hashes as MurmurHash3 does', () => {
    for (const [text, hash] of HASHES) assert.equal(murmur3(text), hash, text);
  });
});
