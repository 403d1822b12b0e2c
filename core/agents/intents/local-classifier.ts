import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { projectRoot } from '../../project-root';
import { featuresOf } from './features';
import { murmur3 } from './murmur3';
import type { Intent, IntentScores } from './types';

/** The head of the weights file, as scripts/intents/train.py writes it. */
interface Header {
  format: 1;
  /** Names the data that the weights were trained on. */
  version: string;
  intents: Intent[];
  bucketBits: number;
  kinds: ('words' | 'grams' | 'concepts')[];
  kindWeights: number[];
  idfUnit: number;
  scales: number[];
  intercepts: number[];
  temperature: number;
}

export interface LocalClassifier {
  readonly version: string;
  /** Probabilities of the five intents; they add up to 1. */
  classify(text: string): IntentScores;
}

let shared: LocalClassifier | undefined;

/** The classifier of this process, read from the repository's weights at the first call. */
export function localClassifier(): LocalClassifier {
  shared ??= readClassifier(path.join(projectRoot(), 'core/agents/intents/weights.bin.gz'));
  return shared;
}

/** Layout: length of the header (u32, little endian), header (JSON), a byte of idf per kind and bucket, a signed byte per intent, kind and bucket. */
export function readClassifier(file: string): LocalClassifier {
  const bytes = gunzipSync(readFileSync(file));
  const bodyAt = 4 + bytes.readUInt32LE(0);
  const header = JSON.parse(bytes.toString('utf8', 4, bodyAt)) as Header;
  const buckets = 1 << header.bucketBits;
  const columns = buckets * header.kinds.length;
  const idf = new Uint8Array(bytes.buffer, bytes.byteOffset + bodyAt, columns);
  const weights = new Int8Array(bytes.buffer, bytes.byteOffset + bodyAt + columns, columns * header.intents.length);

  function logits(text: string): number[] {
    const sums = header.intents.map(() => 0);
    const features = featuresOf(text);
    header.kinds.forEach((kind, kindIndex) => {
      const row = new Set<number>();
      for (const feature of features[kind]) row.add(murmur3(`${kindIndex}${feature}`) & (buckets - 1));
      const own = header.intents.map(() => 0);
      let squares = 0;
      for (const bucket of row) {
        const column = kindIndex * buckets + bucket;
        const value = (idf[column] ?? 0) / header.idfUnit;
        squares += value * value;
        own.forEach((sum, intent) => (own[intent] = sum + value * (weights[intent * columns + column] ?? 0)));
      }
      const scale = squares === 0 ? 0 : (header.kindWeights[kindIndex] ?? 0) / Math.sqrt(squares);
      own.forEach((sum, intent) => (sums[intent] = (sums[intent] ?? 0) + sum * scale * (header.scales[intent] ?? 0)));
    });
    return sums.map((sum, intent) => (sum + (header.intercepts[intent] ?? 0)) / header.temperature);
  }

  return {
    version: header.version,
    classify(text) {
      const values = logits(text);
      const most = Math.max(...values);
      const powers = values.map((value) => Math.exp(value - most));
      const total = powers.reduce((sum, power) => sum + power, 0);
      return Object.fromEntries(
        header.intents.map((intent, index) => [intent, (powers[index] ?? 0) / total]),
      ) as IntentScores;
    },
  };
}
