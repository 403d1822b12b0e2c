/** Ends the stored name of a model whose vectors are kept with half precision (see the check of memory_embeddings). */
const HALF = ' (half)';

export type Precision = 'full' | 'half';

/** The name under which vectors of a model are stored: of another precision they are those of another model. */
export function storedModel(model: string, precision: Precision): string {
  return precision === 'half' ? `${model}${HALF}` : model;
}

/** The provider's own name of a stored model, and its precision. */
export function readStoredModel(stored: string): { model: string; precision: Precision } {
  return stored.endsWith(HALF)
    ? { model: stored.slice(0, -HALF.length), precision: 'half' }
    : { model: stored, precision: 'full' };
}
