import { foldWord } from '../memory/search/fold-word';

const SENTENCES = 3;
/** Blank, or a heading of Markdown, which says nothing by itself. */
const IS_NO_SENTENCE = /^\s*(?:#|$)/;
/** Inflections share their beginning: "reinicio", "reiniciar". */
const STEM_LETTERS = 5;

const stemsOf = (text: string) =>
  new Set((foldWord(text).match(/[\p{L}\p{N}]{3,}/gu) ?? []).map((word) => word.slice(0, STEM_LETTERS)));

/** The sentences of a passage that share most words with a question, in their order; empty when none shares any. */
export function quoteFor(question: string, passage: string): string {
  const asked = stemsOf(question);
  const sentences = passage.split(/(?<=[.!?…])\s+|\n+/).filter((sentence) => !IS_NO_SENTENCE.test(sentence));
  const scored = sentences.map((sentence, place) => ({
    sentence: sentence.trim(),
    place,
    score: [...stemsOf(sentence)].filter((stem) => asked.has(stem)).length,
  }));
  return scored
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score || a.place - b.place)
    .slice(0, SENTENCES)
    .toSorted((a, b) => a.place - b.place)
    .map(({ sentence }) => sentence)
    .join(' ');
}
