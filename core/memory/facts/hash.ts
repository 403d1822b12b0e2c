import { createHash } from 'node:crypto';
import { foldWord } from '../search/fold-word';

/** Without case, accents and punctuation, words one space apart. */
export function bareWords(text: string): string {
  return foldWord(text)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** sha256 of the bare words: the same fact twice is one row. */
export function factHash(text: string): string {
  return createHash('sha256').update(bareWords(text)).digest('hex');
}
