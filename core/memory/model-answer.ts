import type { z } from 'zod';

/** Somebody's words on one line of a prompt: data, escaped, so that they cannot close their own tag. */
export function oneLine(text: string): string {
  const escaped = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return escaped.replace(/\s*\n\s*/g, ' ');
}

/** What a model wrote as JSON, with or without a code fence. `problem` quotes nothing of it. */
export function readJson(text: string): { ok: true; json: unknown } | { ok: false; problem: string } {
  // Models like to wrap JSON in a code fence.
  const body = /^\s*```(?:json)?\s*([\s\S]*?)\s*```\s*$/.exec(text)?.[1] ?? text;
  try {
    return { ok: true, json: JSON.parse(body) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The parser's own message quotes the answer.
    return { ok: false, problem: 'the answer is not JSON' };
  }
}

/** Which fields broke which rules, without a word of the answer: it travels through a workflow's history. */
export function problemOf({ issues }: z.ZodError): string {
  return issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'answer'}: ${issue.message}`)
    .join('; ');
}

/**
 * The instructions for the one repair: what was wrong is said. The first answer itself is left out, because it may hold what
 * the customer said.
 */
export function askAgain(system: string, problem: string): string {
  return `${system}\nYour previous answer could not be used: ${problem}\nAnswer again with only the JSON asked for.`;
}
