/** Lower case without accents, as the `pt_br` text search configuration indexes words. */
export function foldWord(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
