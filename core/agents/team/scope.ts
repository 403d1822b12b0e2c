import type { MemoryScope } from './types';

const TODAY = /\b(hoje|hj|today|hoy)\b/i;
const MONTH = /(?<!\p{L})(m[eê]s|month|mes)(?!\p{L})/iu;
const WHY = /(?<!\p{L})(por ?qu[eê]|pq|why|por qué)(?!\p{L})/iu;

/**
 * How many days back this one question looks: the agent's own scope, unless the question says otherwise (domain
 * reference, section 4: today 1 day, month 30, why at least 90). The next turn has the agent's scope again.
 */
export function lookBackDays(question: string, { daysBack }: Pick<MemoryScope, 'daysBack'>): number {
  if (TODAY.test(question)) return 1;
  if (MONTH.test(question)) return 30;
  return WHY.test(question) ? Math.max(90, daysBack) : daysBack;
}
