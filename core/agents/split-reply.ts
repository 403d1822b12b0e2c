import { cutText } from '../text';

/** What reads well in one WhatsApp bubble. */
const PART_CHARACTERS = 600;
/** More bubbles than this are a flood. What is longer makes them longer. */
const MAX_PARTS = 4;
/** Longest text WhatsApp takes (domain reference, section 2). */
const MAX_TEXT = 4096;

/**
 * A reply as the messages it leaves in: short ones whole, long ones at paragraphs, else at sentences, at most four. Nothing
 * is lost below 4 × 4096 characters.
 */
export function splitReply(text: string): string[] {
  const whole = text.trim();
  if (whole.length <= PART_CHARACTERS) return whole ? [whole] : [];
  const target = Math.max(PART_CHARACTERS, Math.ceil((whole.length / MAX_PARTS) * 1.25));
  const parts: string[] = [];
  for (const piece of pieces(whole, Math.min(target, MAX_TEXT))) {
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

/** Paragraphs, and those that are too long as sentences, and those as words. */
function pieces(text: string, limit: number): Piece[] {
  return text.split(/\n{2,}/).flatMap((paragraph) => broken(paragraph.trim(), limit, '\n\n'));
}

function broken(text: string, limit: number, glue: string): Piece[] {
  if (text.length <= limit) return text ? [{ text, glue }] : [];
  const sentences = text.split(/(?<=[.!?…])\s+|\n/);
  const smaller = sentences.length > 1 ? sentences : chunks(text, limit);
  return smaller.flatMap((part, index) => broken(part.trim(), limit, index === 0 ? glue : ' '));
}

/** At spaces; a word longer than the limit is cut. */
function chunks(text: string, limit: number): string[] {
  const space = text.lastIndexOf(' ', limit);
  const head = space > 0 ? text.slice(0, space) : cutText(text, limit);
  return [head, text.slice(head.length)];
}
