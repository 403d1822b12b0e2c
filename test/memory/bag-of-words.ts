import { createHash } from 'node:crypto';
import { queryTerms } from '../../core/memory/search/query-terms';

/**
 * A deterministic embedder with a little sense: words fall into 768 buckets, and words of one group of `MEANINGS` into the
 * same one, so that the vector leg finds what shares no letters with the query.
 */
const MEANINGS = [
  ['preco', 'valor', 'custo', 'orcamento', 'custa', 'investir'],
  ['cachorro', 'pet', 'animal', 'gato'],
  ['entrega', 'frete', 'chega', 'receber', 'transportadora'],
  ['defeito', 'quebrado', 'rachadura', 'problema', 'estragou'],
];

export function bagOfWords(text: string): number[] {
  const vector = new Array<number>(768).fill(0);
  for (const { word } of queryTerms(text)) {
    const group = MEANINGS.find((words) => words.includes(word));
    const bucket =
      createHash('sha256')
        .update(group?.[0] ?? word)
        .digest()
        .readUInt16BE(0) % 768;
    vector[bucket] = (vector[bucket] ?? 0) + 1;
  }
  if (!vector.some((value) => value !== 0)) vector[0] = 1;
  return vector;
}
