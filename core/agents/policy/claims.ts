import { readFileSync } from 'node:fs';
import path from 'node:path';
import { foldWord } from '../../memory/search/fold-word';
import { projectRoot } from '../../project-root';

interface ClaimKind {
  /** Any of these, done in the turn, makes the claim true. */
  tools: string[];
  /** On folded text: lower case, no accents. In Portuguese, English and Spanish. */
  patterns: string[];
}

export interface Claim {
  kind: string;
  /** As the reply says it, folded. */
  words: string;
}

const KINDS = Object.entries(
  JSON.parse(readFileSync(path.join(projectRoot(), 'core/agents/policy/claims.json'), 'utf8')) as Record<
    string,
    ClaimKind
  >,
).map(([kind, { tools, patterns }]) => ({
  kind,
  tools,
  pattern: new RegExp(`(?<![\\p{L}])(?:${patterns.join('|')})`, 'gu'),
}));

/** Words before a claim that make it none: "não cancelei", "ainda não enviei", "I have not sent", "se eu cancelei". */
const DENIED = /\b(nao|nunca|nem|sem|ainda nao|se|caso|not|never|haven't|hasn't|didn't|if|no|sin|si)( \S+){0,2} ?$/;

/** Whether one of the tools put the conversation before a person. */
export function handsOver(doneTools: readonly string[]): boolean {
  return KINDS.some(({ kind, tools }) => kind === 'hand_over' && tools.some((tool) => doneTools.includes(tool)));
}

/** The sentences of a reply, folded: what counts as said together. */
export function foldedSentences(reply: string): string[] {
  return foldWord(reply).split(/(?<=[.!?\n])\s+/);
}

/**
 * Actions that a reply says were done, without a tool that did one of that kind in the turn. It reads first person and
 * passive ("agendei", "seu reembolso foi aprovado"), not intentions ("vou verificar"): words, no model, the same every time.
 *
 * @param doneTools names of the tools that succeeded in the turn
 */
export function unfoundedClaims(reply: string, doneTools: readonly string[]): Claim[] {
  const sentences = foldedSentences(reply);
  return KINDS.filter(({ tools }) => !tools.some((tool) => doneTools.includes(tool))).flatMap(({ kind, pattern }) =>
    sentences.flatMap((sentence) => {
      const found = [...sentence.matchAll(pattern)].filter(({ index }) => !DENIED.test(sentence.slice(0, index)));
      return found.map(([words]) => ({ kind, words: words.trim() }));
    }),
  );
}
