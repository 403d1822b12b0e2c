import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../project-root';

function read(file: string): string {
  return readFileSync(path.join(projectRoot(), 'core/agents', file), 'utf8').trim();
}

/** What every agent is told around its own instructions. Its version changes with it, and is on each decision record. */
export const BASE_PROMPT_VERSION = 'base-2';
export const BASE_PROMPT = read('prompts/base.md');

/** What the product itself says to a customer, by reason. */
export const CUSTOMER_MESSAGES = JSON.parse(read('messages.pt-BR.json')) as { handOver: Record<string, string> };

/** Puts values into `{{name}}` places. A place without a value is an error, not an empty string. */
export function fillPrompt(template: string, values: Record<string, string>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_place, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the prompt has a place {{${name}}} that nothing fills`);
    return value;
  });
}
