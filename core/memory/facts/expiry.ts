import type { FactType } from './types';

/**
 * Days after which a fact is no longer used unless it is said again. A budget is 90 by the domain; the others are our
 * choice: what depends on a moment goes soon, what describes the person stays for a year or two.
 */
const EXPIRY_DAYS: Record<FactType, number> = {
  event: 30,
  timeline: 60,
  technical_issue: 60,
  budget: 90,
  objection: 120,
  pain_point: 180,
  goal: 180,
  competitor: 180,
  constraint: 180,
  preference: 365,
  environment_info: 365,
  decision_maker: 365,
  attribute: 730,
};

const DAY_MS = 24 * 60 * 60 * 1000;

/** Counted from what the fact speaks of when that is later than when it was said. */
export function factExpiry(fact: { type: FactType; saidAt: Date; endsAt: Date | null }): Date {
  const from = Math.max(fact.saidAt.getTime(), fact.endsAt?.getTime() ?? 0);
  return new Date(from + EXPIRY_DAYS[fact.type] * DAY_MS);
}
