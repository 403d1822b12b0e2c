import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { DateTime } from 'luxon';
import { projectRoot } from '../project-root';
import type { Language } from './team/types';
import type { HandOverReason } from './types';

function read(file: string): string {
  return readFileSync(path.join(projectRoot(), 'core/agents', file), 'utf8').trim();
}

/** What every agent is told around its own instructions. Its version changes with it, and is on each decision record. */
export const BASE_PROMPT_VERSION = 'base-2';
export const BASE_PROMPT = read('prompts/base.md');

/** The same for agents that work for the company's own people, and what those that plan are told. */
export const STAFF_PROMPT = read('prompts/staff.md');
export const PLAN_PROMPT = read('prompts/plan.md');

/** What the model is told of an answer that must not leave as it is. */
export const CHECK_PROMPT = read('prompts/check.md');

interface CustomerMessages {
  handOver: Record<HandOverReason, string>;
  peopleBack: Record<'today' | 'tomorrow' | 'later', string>;
}

const MESSAGES: Record<Language, CustomerMessages> = {
  pt: JSON.parse(read('messages.pt-BR.json')) as CustomerMessages,
  en: JSON.parse(read('messages.en.json')) as CustomerMessages,
  es: JSON.parse(read('messages.es.json')) as CustomerMessages,
};

/** What the product itself says to a customer who is handed over, by reason. */
export function handOverMessage(reason: HandOverReason, language: Language): string {
  return MESSAGES[language].handOver[reason];
}

const LOCALES: Record<Language, string> = { pt: 'pt-BR', en: 'en-US', es: 'es' };

/**
 * What a customer is told who waits for a person while nobody is there.
 *
 * @param at when people are there again, in their time zone; `now` too
 */
export function peopleBackMessage({ at, now }: { at: DateTime; now: DateTime }, language: Language): string {
  const days = Math.round(at.startOf('day').diff(now.startOf('day'), 'days').days);
  const when = days === 0 ? 'today' : days === 1 ? 'tomorrow' : 'later';
  const day = at.setLocale(LOCALES[language]).toLocaleString({ weekday: 'long', day: 'numeric', month: 'long' });
  return fillPrompt(MESSAGES[language].peopleBack[when], { day, time: at.toFormat('HH:mm') });
}

/** Puts values into `{{name}}` places. A place without a value is an error, not an empty string. */
export function fillPrompt(template: string, values: Record<string, string>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_place, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the prompt has a place {{${name}}} that nothing fills`);
    return value;
  });
}
