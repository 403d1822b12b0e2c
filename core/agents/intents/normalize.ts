import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../project-root';

/** Shared with the trainer (scripts/intents/features.py), which must see the same words. */
export interface Vocabulary {
  abbreviations: Record<string, string>;
  negators: string[];
  /** Concept → what people write for it: words, phrases, or beginnings of words (`cancel*`). */
  concepts: Record<string, string[]>;
}

export const VOCABULARY = JSON.parse(
  readFileSync(path.join(projectRoot(), 'core/agents/intents/vocabulary.json'), 'utf8'),
) as Vocabulary;

const FIRST_SYMBOL = 0x2600;
const KEPT_SIGNS = new Set(['?', '!', '$', '%']);

/**
 * A message as the classifier reads it: lower case, no accents, one space between tokens, numbers as `0`, drawn-out
 * letters once, chat abbreviations written out, emoji and the signs ? ! $ % as tokens of their own.
 */
export function tokenize(text: string): string[] {
  let plain = '';
  for (const char of text.normalize('NFD').toLowerCase().replace(/['’`]/g, '')) {
    const code = char.codePointAt(0) ?? 0;
    if (code >= 0x300 && code <= 0x36f) continue;
    if ((char >= 'a' && char <= 'z') || char === ' ') plain += char;
    else if (char >= '0' && char <= '9') plain += plain.endsWith('0') ? '' : '0';
    else if (KEPT_SIGNS.has(char) || (code >= FIRST_SYMBOL && code < 0xfe00) || code >= 0x1f000) plain += ` ${char} `;
    else plain += ' ';
  }
  return plain
    .replace(/([a-z])\1{2,}/g, '$1')
    .split(' ')
    .filter(Boolean)
    .flatMap((token) => (Object.hasOwn(VOCABULARY.abbreviations, token) ? expand(token) : [token]));
}

function expand(token: string): string[] {
  return (VOCABULARY.abbreviations[token] ?? token).split(' ');
}
