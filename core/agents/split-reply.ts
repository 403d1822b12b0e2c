import { cutText } from '../text';

/** What reads well in one WhatsApp bubble. */
const PART_CHARACTERS = 600;
/** More bubbles than this are a flood. What is longer makes them longer. */
const MAX_PARTS = 4;
/** Longest text WhatsApp takes (domain reference, section 2). */
const MAX_TEXT = 4096;

/**
 * A reply as the messages it leaves in: short ones whole, long ones at paragraphs, else at lines, sentences or words, at most
 * four. Within a message everything stays as it was written, line breaks too. Nothing is lost below 4 × 4096 characters.
 */
export function splitReply(text: string): string[] {
  const whole = text.trim();
  if (whole.length <= PART_CHARACTERS) return whole ? [whole] : [];
  const target = Math.max(PART_CHARACTERS, Math.ceil((whole.length / MAX_PARTS) * 1.25));
  const parts: string[] = [];
  for (const piece of broken({ text: whole, glue: '' }, Math.min(target, MAX_TEXT))) {
    const last = parts.at(-1);
    const joined = last === undefined ? piece.text : `${last}${piece.glue}${piece.text}`;
    const isFull = last === undefined || joined.length > target;
    if (isFull && parts.length < MAX_PARTS) parts.push(piece.text);
    else parts[parts.length - 1] = joined;
  }
  return parts.map((part) => cutText(part, MAX_TEXT));
}

interface Piece {
  text: string;
  /** What stood before it. */
  glue: string;
}

/** Where a text is cut, the best place first: paragraphs, lines, sentences, words. */
const CUTS = [/(\n\s*\n\s*)/, /(\s*\n\s*)/, /((?<=[.!?…])\s+)/, /(\s+)/];

/** Pieces within the limit, cut no finer than needed; a word longer than the limit is cut anywhere. */
function broken({ text, glue }: Piece, limit: number, cuts: readonly RegExp[] = CUTS): Piece[] {
  if (text.length <= limit) return [{ text, glue }];
  const [cut, ...finer] = cuts;
  if (!cut) {
    const head = cutText(text, limit);
    return [{ text: head, glue }, ...broken({ text: text.slice(head.length), glue: '' }, limit, [])];
  }
  // Split at a group, every second part is what stood between.
  const parts = text.split(cut);
  return parts.flatMap((part, index) =>
    index % 2 === 0 && part
      ? broken({ text: part, glue: index === 0 ? glue : (parts[index - 1] ?? '') }, limit, finer)
      : [],
  );
}
