import { AppError } from '../errors';

/** The width of every stored vector: the columns and their indexes have it. */
export const EMBEDDING_DIMENSIONS = 768;

/** @throws AppError EMBEDDING_DIMENSION_MISMATCH naming the model, unless every vector has the stored width */
export function assertDimensions(vectors: readonly number[][], model: string): void {
  const wrong = vectors.find((vector) => vector.length !== EMBEDDING_DIMENSIONS);
  if (wrong === undefined) return;
  throw new AppError(
    'EMBEDDING_DIMENSION_MISMATCH',
    `${model} gives vectors of ${wrong.length} numbers, ${EMBEDDING_DIMENSIONS} are stored: choose another model`,
    { details: { model, dimensions: wrong.length } },
  );
}

/** The vector scaled to length 1; a zero vector stays as it is. */
export function normalised(vector: readonly number[]): number[] {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? [...vector] : vector.map((value) => value / length);
}
