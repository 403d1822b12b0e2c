import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../project-root';

interface Lexicon {
  words: Record<string, number>;
  negations: string[];
  intensifiers: Record<string, number>;
  contrasts: string[];
  emojis: Record<string, number>;
}

const lexicon = JSON.parse(
  readFileSync(path.join(projectRoot(), 'core/crm/sentiment/lexicon.json'), 'utf8'),
) as Lexicon;

export interface Sentiment {
  /** From -1 (very negative) to 1; 0 when no word says anything. */
  score: number;
  label: 'positive' | 'neutral' | 'negative' | 'mixed';
  /** The words that decided, with what each counted for after negation and emphasis. */
  evidence: { word: string; weight: number }[];
}

const WORDS = lexicon.words;
const EMOJIS = lexicon.emojis;
const INTENSIFIERS = lexicon.intensifiers;
const NEGATIONS = new Set(lexicon.negations);
const CONTRASTS = new Set(lexicon.contrasts);

/** A negation reaches over this many words: "não estou nada satisfeita", "not a very good". */
const NEGATION_REACH = 3;
/** "não é ruim" is no praise: a negated word keeps half of its weight on the other side. */
const NEGATED = -0.5;
/** A positive word that is negated says more: "não funciona", "not good". */
const NEGATED_PRAISE = -1;
/** What comes after "mas" is what is meant. */
const AFTER_CONTRAST = 1.5;
const BEFORE_CONTRAST = 0.5;
/** Sum at which the score is half way to its end. */
const HALF_WAY = 3;
const LABEL_FROM = 0.2;

interface Token {
  word: string;
  key: string;
  startsClause: boolean;
}

/**
 * How a text in Portuguese or English feels, by the words in it: a lexicon, negation, emphasis, and "but". It needs no
 * model and says which words decided. It does not understand irony.
 */
export function sentimentOf(text: string): Sentiment {
  const tokens = tokenize(text);
  const contrast = tokens.findLastIndex(({ key }) => CONTRASTS.has(key));
  const evidence = tokens.flatMap(({ word, key }, index) => {
    const base = weightOf(word, key);
    if (base === 0) return [];
    const place = contrast < 0 ? 1 : index > contrast ? AFTER_CONTRAST : BEFORE_CONTRAST;
    return [{ word, weight: round(base * emphasis(tokens, index) * negation(tokens, index, base) * place) }];
  });
  const sum = evidence.reduce((total, { weight }) => total + weight, 0);
  const score = round(sum / (Math.abs(sum) + HALF_WAY));
  return { score, label: labelOf(score, evidence), evidence };
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let startsClause = true;
  for (const [word] of text.matchAll(/\p{Extended_Pictographic}|[\p{L}\p{N}']+|[.,;!?\n]/gu)) {
    if (/^[.,;!?\n]$/.test(word)) {
      startsClause = true;
      continue;
    }
    tokens.push({ word, key: keyOf(word), startsClause });
    startsClause = false;
  }
  return tokens;
}

/** Lower case without accents and apostrophes. */
function keyOf(word: string): string {
  return word
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f']/g, '');
}

function weightOf(word: string, key: string): number {
  if (Object.hasOwn(EMOJIS, word)) return EMOJIS[word] ?? 0;
  return Object.hasOwn(WORDS, key) ? (WORDS[key] ?? 0) : 0;
}

/** The words around: "muito bom", "bom demais". */
function emphasis(tokens: Token[], index: number): number {
  const factor = (at: number) => {
    const key = tokens[at]?.key ?? '';
    return Object.hasOwn(INTENSIFIERS, key) ? (INTENSIFIERS[key] ?? 1) : 1;
  };
  const after = tokens[index + 1]?.key === 'demais' ? factor(index + 1) : 1;
  return factor(index - 1) * after;
}

function negation(tokens: Token[], index: number, base: number): number {
  for (let at = index; at > 0 && index - at < NEGATION_REACH; at--) {
    if (tokens[at]?.startsClause) return 1;
    const before = tokens[at - 1];
    // "nunca" and "sem" are words of their own too, but turn the next one around all the same.
    if (before && NEGATIONS.has(before.key)) return base > 0 ? NEGATED_PRAISE : NEGATED;
  }
  return 1;
}

function labelOf(score: number, evidence: Sentiment['evidence']): Sentiment['label'] {
  const praise = evidence.filter(({ weight }) => weight > 0).reduce((total, { weight }) => total + weight, 0);
  const blame = -evidence.filter(({ weight }) => weight < 0).reduce((total, { weight }) => total + weight, 0);
  if (praise >= 2 && blame >= 2 && Math.abs(score) < LABEL_FROM) return 'mixed';
  if (score >= LABEL_FROM) return 'positive';
  return score <= -LABEL_FROM ? 'negative' : 'neutral';
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
