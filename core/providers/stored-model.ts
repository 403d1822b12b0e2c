/** What a model gives unless the configuration says otherwise, and what hashed words have. */
export const DEFAULT_DIMENSIONS = 768;

export type Precision = 'full' | 'half';

/** What vectors must share to be compared. */
export interface VectorKind {
  /** The provider's own name of the model. */
  model: string;
  /** Numbers of a vector. */
  dimensions: number;
  precision: Precision;
}

/** Ends the stored name of a model whose vectors are kept with half precision (see the check of memory_embeddings). */
const HALF = ' (half)';
const STORED = /^(?<model>.+?)(?: \((?<dimensions>\d+)\))?(?<half> \(half\))?$/s;

/**
 * The name under which vectors of a model are stored: `bge-m3 (1024) (half)`. Of another width or precision they are those of
 * another model. The default of each has no mark.
 */
export function storedModel({ model, dimensions, precision }: VectorKind): string {
  const width = dimensions === DEFAULT_DIMENSIONS ? '' : ` (${dimensions})`;
  return `${model}${width}${precision === 'half' ? HALF : ''}`;
}

/** What the stored name of a model says. */
export function readStoredModel(stored: string): VectorKind {
  const { model = stored, dimensions, half } = STORED.exec(stored)?.groups ?? {};
  return {
    model,
    dimensions: dimensions === undefined ? DEFAULT_DIMENSIONS : Number(dimensions),
    precision: half === undefined ? 'full' : 'half',
  };
}
