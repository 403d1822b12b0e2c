import { createHash } from 'node:crypto';

/** sha256 of the text without case, accents, punctuation and repeated spaces: the same fact twice is one row. */
export function factHash(text: string): string {
  const normalised = text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return createHash('sha256').update(normalised).digest('hex');
}
