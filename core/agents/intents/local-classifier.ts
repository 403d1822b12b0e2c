import path from 'node:path';
import { projectRoot } from '../../project-root';
import { bothEnds } from './both-ends';
import { readEncoder, type Encoder } from './encoder';
import { CONFIDENCE_FLOOR, type IntentScores } from './types';
import { readWordClassifier } from './word-classifier';

export interface LocalClassifier {
  /** Names the data that the weights were trained on. */
  readonly version: string;
  /** Loads the encoder now, and not for the first message that needs it. */
  load(): Promise<void>;
  /** Probabilities of the five intents; they add up to 1. Of a long text both ends are read. */
  classify(text: string): Promise<IntentScores>;
}

let shared: LocalClassifier | undefined;

/**
 * The classifier of this process: what the words say, and where they are not sure, what a small encoder says with them. The
 * encoder is loaded for the first message that needs it.
 */
export function localClassifier(): LocalClassifier {
  shared ??= readClassifier(path.join(projectRoot(), 'core/agents/intents'));
  return shared;
}

/** @param folder with weights.bin.gz, encoder.onnx and word-pieces.json, as scripts/intents writes them */
export function readClassifier(folder: string): LocalClassifier {
  const words = readWordClassifier(path.join(folder, 'weights.bin.gz'));
  const { version, intents, wordsTemperature, wordsSureFrom, encoderWeight, temperature, certaintySlope } =
    words.header;
  let loading: Promise<Encoder> | undefined;
  const encoder = () =>
    (loading ??= readEncoder({
      model: path.join(folder, 'encoder.onnx'),
      wordPieces: path.join(folder, 'word-pieces.json'),
    }).catch((error: unknown) => {
      // The next message tries again: one moment without memory must not last as long as the process.
      loading = undefined;
      throw error;
    }));
  const scoresOf = (logits: number[]) => {
    const values = stretched(probabilities(logits), certaintySlope);
    return Object.fromEntries(intents.map((intent, index) => [intent, values[index] ?? 0])) as IntentScores;
  };

  return {
    version,
    async load() {
      await encoder();
    },
    async classify(whole) {
      const text = bothEnds(whole);
      const ofWords = words.logits(text);
      const alone = ofWords.map((logit) => logit / wordsTemperature);
      if (Math.max(...probabilities(alone)) >= wordsSureFrom) return scoresOf(alone);
      const ofEncoder = await (await encoder()).logits(text);
      return scoresOf(ofWords.map((logit, index) => (logit + encoderWeight * (ofEncoder[index] ?? 0)) / temperature));
    },
  };
}

function probabilities(logits: number[]): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/**
 * Words and encoder are surer than they are right of messages that neither was trained on. The odds of a first intent above the
 * floor are brought nearer to it: none falls below, their order stays, and the other four share what is left as before.
 */
function stretched(values: number[], slope: number): number[] {
  const most = Math.max(...values);
  if (most < CONFIDENCE_FLOOR || most === 1) return values;
  const floor = oddsOf(CONFIDENCE_FLOOR);
  const odds = floor * (oddsOf(most) / floor) ** slope;
  const moved = odds / (1 + odds);
  return values.map((value) => (value === most ? moved : (value * (1 - moved)) / (1 - most)));
}

function oddsOf(probability: number): number {
  return probability / (1 - probability);
}
