import { endianness } from 'node:os';
import { AppError } from '../errors';
import { readStoredModel } from '../providers/stored-model';

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

/**
 * @param stored the stored name of the model that the vector is of.
 * @throws AppError EMBEDDING_DIMENSION_MISMATCH if it has not the model's width, VALIDATION_ERROR if a number is not finite or
 * all are zero (such a vector has no direction, so no cosine).
 */
export function assertVector(vector: readonly number[], stored: string): void {
  const { model, dimensions } = readStoredModel(stored);
  if (vector.length !== dimensions) {
    throw new AppError(
      'EMBEDDING_DIMENSION_MISMATCH',
      `The vector has ${vector.length} dimensions; those of ${model} have ${dimensions}`,
      { details: { model, dimensions: vector.length, expected: dimensions } },
    );
  }
  const problem = vector.every(Number.isFinite) ? null : 'must hold finite numbers only';
  if (problem ?? vector.every((value) => value === 0)) {
    const message = problem ?? 'must not be all zeros';
    throw new AppError('VALIDATION_ERROR', `embedding ${message}`, { fields: [{ field: 'embedding', message }] });
  }
}

/**
 * The cosine at or below which two texts have nothing to do with each other, by model: without it the nearest vector of
 * an unrelated conversation would count as an answer. For local hashing: 8 unrelated questions against 12 messages reached
 * at most .10, answers lay above .23. The two hosted ones are cautious guesses, to be measured on own data. An unknown model
 * gets no floor.
 */
const SIMILARITY_FLOORS: Record<string, number> = {
  'local-hash-768-v1': 0.12,
  'text-embedding-005': 0.35,
  'text-embedding-3-small': 0.15,
};

export function similarityFloor(model: string): number {
  return SIMILARITY_FLOORS[readStoredModel(model).model] ?? 0;
}

/** Of the others the floor is what the nearest texts of each question have in common (search/legs/vector.ts). */
const MEASURED_FLOORS: ReadonlySet<string> = new Set(['local-hash-768-v1']);

export function hasMeasuredFloor(model: string): boolean {
  return MEASURED_FLOORS.has(readStoredModel(model).model);
}

/**
 * How much of a strategy's vector share a model is worth. Hashed words repeat what the keyword leg knows better: at the full
 * share they cost .026 of R@10 on LoCoMo's tuning conversations. A model that knows meanings has its full share.
 */
const VECTOR_TRUST: Record<string, number> = { 'local-hash-768-v1': 0.15 };

export function vectorTrust(model: string): number {
  return VECTOR_TRUST[readStoredModel(model).model] ?? 1;
}
