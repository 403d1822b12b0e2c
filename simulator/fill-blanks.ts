import { isRecord } from './http';
import type { ScriptedBlank } from './script';

/**
 * Puts what the model was really given into the {{blanks}} of a scripted text, so that a scripted reply uses what a
 * search found and visibly lacks what it did not find. A blank without an entry stays as it is written.
 */
export function fillBlanks(
  text: string,
  blanks: Record<string, ScriptedBlank>,
  { said, toolResults }: { said: string; toolResults: string[] },
): string {
  return text.replace(/\{\{(\w+)\}\}/g, (written, name: string) => {
    const blank = blanks[name];
    if (!blank) return written;
    const texts = blank.from === 'user' ? [said] : toolResults.flatMap(textsIn);
    return firstMatch(texts, new RegExp(blank.pattern, 'iu')) ?? blank.otherwise;
  });
}

function firstMatch(texts: string[], pattern: RegExp): string | undefined {
  for (const text of texts) {
    const match = text.match(pattern);
    if (match) return (match[1] ?? match[0]).trim();
  }
  return undefined;
}

/** The readable texts of a tool result: those of its results or facts when it is JSON, in order. */
function textsIn(result: string): string[] {
  try {
    return textsOf(JSON.parse(result));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [result];
  }
}

function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    typeof part === 'string' ? (name === 'content' || name === 'text' ? [part] : []) : textsOf(part),
  );
}
