import { AppError } from '../errors';

/** @throws AppError EMBEDDING_DIMENSION_MISMATCH naming the model, unless every vector has the configured width */
export function assertDimensions(
  vectors: readonly number[][],
  { model, dimensions }: { model: string; dimensions: number },
): void {
  const wrong = vectors.find((vector) => vector.length !== dimensions);
  if (wrong === undefined) return;
  throw new AppError(
    'EMBEDDING_DIMENSION_MISMATCH',
    `${model} gives vectors of ${wrong.length} numbers, EMBEDDINGS_DIMENSIONS says ${dimensions}: correct it or choose another model`,
    { details: { model, dimensions: wrong.length, expected: dimensions } },
  );
}

/** The vector scaled to length 1; a zero vector stays as it is. */
export function normalised(vector: readonly number[]): number[] {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? [...vector] : vector.map((value) => value / length);
}
