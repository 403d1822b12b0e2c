import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { featuresOf } from './features';
import { murmur3 } from './murmur3';
import type { Intent } from './types';

/** The head of the weights file, as scripts/intents/train.py writes it. */
interface Header {
  format: 3;
  /** Names the data that the weights were trained on. */
  version: string;
  intents: Intent[];
  bucketBits: number;
  kinds: ('words' | 'grams' | 'concepts')[];
  kindWeights: number[];
  idfUnit: number;
  scales: number[];
  intercepts: number[];
  /** Of the words alone. */
  wordsTemperature: number;
  /** From here on the words are sure enough not to ask the encoder. */
  wordsSureFrom: number;
  encoderWeight: number;
  /** Of words and encoder together. */
  temperature: number;
  /** By how much certainties above the floor are moved towards it: 1 leaves them. */
  certaintySlope: number;
}

export interface WordClassifier {
  readonly header: Header;
  /** In the order of `header.intents`. */
  logits(text: string): number[];
}

/** Layout: length of the header (u32, little endian), header (JSON), a byte of idf per kind and bucket, a signed byte per intent, kind and bucket. */
export function readWordClassifier(file: string): WordClassifier {
  const bytes = gunzipSync(readFileSync(file));
  const bodyAt = 4 + bytes.readUInt32LE(0);
  const header = JSON.parse(bytes.toString('utf8', 4, bodyAt)) as Header;
  const buckets = 1 << header.bucketBits;
  const columns = buckets * header.kinds.length;
  const idf = new Uint8Array(bytes.buffer, bytes.byteOffset + bodyAt, columns);
  const weights = new Int8Array(bytes.buffer, bytes.byteOffset + bodyAt + columns, columns * header.intents.length);

  return {
    header,
    logits(text) {
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
          // Of what was never seen nothing is known.
          if (value === 0) continue;
          squares += value * value;
          for (let intent = 0; intent < own.length; intent++) {
            own[intent] = (own[intent] ?? 0) + value * (weights[intent * columns + column] ?? 0);
          }
        }
        const scale = squares === 0 ? 0 : (header.kindWeights[kindIndex] ?? 0) / Math.sqrt(squares);
        own.forEach((sum, intent) => (sums[intent] = (sums[intent] ?? 0) + sum * scale * (header.scales[intent] ?? 0)));
      });
      return sums.map((sum, intent) => sum + (header.intercepts[intent] ?? 0));
    },
  };
}
