import { choiceScore } from '../agents/team/route';
import type { Candidate, Need, Strategy } from './types';

const SUPERVISORS: readonly string[] = ['supervisor', 'admin'];

/**
 * Who gets a conversation. Only people who are available and have room count. Among them those who speak the customer's
 * language come first, then those who have the skill: rather a person without it than nobody.
 *
 * - `round_robin`: whoever waited longest for one
 * - `least_sessions`: whoever has fewest
 * - `score`: intent 40, priority 20, served before 20, load 20 (domain reference, section 5)
 *
 * Null when nobody is free, and always with `manual`.
 */
export function choosePerson(
  candidates: readonly Candidate[],
  { strategy, need, without = [] }: { strategy: Strategy; need: Need; without?: readonly string[] },
): Candidate | null {
  if (strategy === 'manual') return null;
  const free = candidates.filter((one) => hasRoom(one) && !without.includes(one.id));
  const speaking = preferred(free, ({ languages }) => languages.some((one) => isSameLanguage(one, need.language)));
  // The score weighs the skill by itself.
  const fitting = strategy === 'score' ? speaking : preferred(speaking, (one) => hasSkill(one, need));
  const [best] = fitting.toSorted(orderOf(strategy, need));
  return best ?? null;
}

/** The supervisor with the fewest conversations, also one who has more than their share: somebody has to know. */
export function chooseSupervisor(candidates: readonly Candidate[], without: readonly string[]): Candidate | null {
  const supervisors = candidates.filter(({ id, role }) => SUPERVISORS.includes(role) && !without.includes(id));
  const [best] = preferred(supervisors, ({ status }) => status === 'available').toSorted(byLoad);
  return best ?? null;
}

function hasRoom({ status, sessions, maxSessions }: Candidate): boolean {
  return status === 'available' && sessions < maxSessions;
}

function orderOf(strategy: Exclude<Strategy, 'manual'>, need: Need): (a: Candidate, b: Candidate) => number {
  switch (strategy) {
    case 'round_robin':
      return byTurn;
    case 'least_sessions':
      return byLoad;
    case 'score':
      return (a, b) => scoreOf(b, need) - scoreOf(a, need) || byTurn(a, b);
  }
}

function scoreOf({ priority, hasServedBefore, sessions, ...one }: Candidate, need: Need): number {
  return choiceScore({ servesIntent: hasSkill(one, need), priority, hasServedBefore, sessions });
}

const byTurn = (a: Candidate, b: Candidate) =>
  (a.lastAssignedAtMs ?? 0) - (b.lastAssignedAtMs ?? 0) || (a.id < b.id ? -1 : 1);
const byLoad = (a: Candidate, b: Candidate) => a.sessions - b.sessions || byTurn(a, b);

const hasSkill = ({ skills }: Pick<Candidate, 'skills'>, { intent }: Need) =>
  intent !== null && skills.includes(intent);
/** `pt` and `pt-BR` understand each other. */
const isSameLanguage = (a: string, b: string) => a.split('-')[0]?.toLowerCase() === b.split('-')[0]?.toLowerCase();

function preferred<T>(items: readonly T[], isPreferred: (item: T) => boolean): readonly T[] {
  const found = items.filter(isPreferred);
  return found.length > 0 ? found : items;
}
