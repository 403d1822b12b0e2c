import { endianness } from 'node:os';
import { AppError } from '../errors';
import { readStoredModel, type Precision } from '../providers/stored-model';

/** The text form pgvector reads: `[1,2,3]`. */
export function vectorLiteral(vector: readonly number[]): string {
  return `[${vector.join(',')}]`;
}

/**
 * The binary form of pgvector's `vector`: dimensions and an unused number, two bytes each, then the numbers of single precision,
 * all big-endian. A fifth of the text, which is most of what a search sends, and nothing to parse (pgvector, vector_recv).
 */
export function vectorBytes(vector: readonly number[]): Buffer {
  const numbers = Buffer.from(Float32Array.from(vector).buffer);
  if (endianness() === 'LE') numbers.swap32();
  const header = Buffer.alloc(4);
  header.writeUInt16BE(vector.length);
  return Buffer.concat([header, numbers]);
}

/** Between them the square of a length, and so a cosine, can be told with the numbers that a vector is kept with. */
const LENGTHS: Readonly<Record<Precision, { least: number; most: number }>> = {
  full: { least: 1e-15, most: 1e15 },
  half: { least: 1e-3, most: 60_000 },
};

/**
 * @param stored the stored name of the model that the vector is of.
 * @throws AppError EMBEDDING_DIMENSION_MISMATCH if it has not the model's width, VALIDATION_ERROR if a number is not finite or
 * the vector is so short or long that it has no cosine: its distance to everything would not be a number, and it the first of every search.
 */
export function assertVector(vector: readonly number[], stored: string): void {
  const { model, dimensions, precision } = readStoredModel(stored);
  if (vector.length !== dimensions) {
    throw new AppError(
      'EMBEDDING_DIMENSION_MISMATCH',
      `The vector has ${vector.length} dimensions; those of ${model} have ${dimensions}`,
      { details: { model, dimensions: vector.length, expected: dimensions } },
    );
  }
  const message = problemOf(vector, LENGTHS[precision]);
  if (message)
    throw new AppError('VALIDATION_ERROR', `embedding ${message}`, { fields: [{ field: 'embedding', message }] });
}

function problemOf(vector: readonly number[], { least, most }: { least: number; most: number }): string | null {
  if (!vector.every(Number.isFinite)) return 'must hold finite numbers only';
  const length = Math.hypot(...vector);
  if (length === 0) return 'must not be all zeros';
  return length < least || length > most ? `must have a length from ${least} to ${most}; scale it to 1` : null;
}

interface KnownModel {
  /**
   * The cosine at or below which two texts have nothing to do with each other: without it the nearest vector of an unrelated
   * conversation would count as an answer.
   */
  floor: number;
  /** Of the others the floor is what the nearest texts of each question have in common, if that is more (search/legs/vector.ts). */
  isFloorMeasured?: true;
  /** How much of a strategy's vector share it is worth, 1 if absent: a model that knows meanings has its full share. */
  trust?: number;
}

/**
 * By the provider's own name. Hashed words: 8 unrelated questions against 12 messages reached at most .10, answers lay above .23; they
 * repeat what the keyword leg knows better, and at the full share cost .026 of R@10 on LoCoMo's tuning conversations. The floors of
 * the two hosted models are cautious guesses, to be measured on own data.
 */
const KNOWN_MODELS: Record<string, KnownModel> = {
  'local-hash-768-v1': { floor: 0.12, isFloorMeasured: true, trust: 0.15 },
  'text-embedding-005': { floor: 0.35 },
  'text-embedding-3-small': { floor: 0.15 },
};

const known = (stored: string): KnownModel | undefined => KNOWN_MODELS[readStoredModel(stored).model];

/** See `KnownModel.floor`; an unknown model gets none. @param model its stored name */
export function similarityFloor(model: string): number {
  return known(model)?.floor ?? 0;
}

/** @param model its stored name */
export function hasMeasuredFloor(model: string): boolean {
  return known(model)?.isFloorMeasured ?? false;
}

/** See `KnownModel.trust`. @param model its stored name */
export function vectorTrust(model: string): number {
  return known(model)?.trust ?? 1;
}
