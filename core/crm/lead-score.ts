import type { BantEvidence } from './bant-evidence';

/** What is known of a lead. Null is "not known" and earns nothing. */
export interface LeadInput {
  /** 0 to 10 each. */
  bant: { budget: number; authority: number; need: number; timeline: number };
  /** Messages from the lead in the last 30 days. */
  messages: number | null;
  employees: number | null;
  source: string | null;
  /** Minutes until the lead answered our last question. */
  answerMinutes: number | null;
}

export interface LeadScore {
  score: number;
  action: 'assign_now' | 'follow_up' | 'nurture' | 'decline';
  factors: { factor: string; points: number; of: number; because: string }[];
}

/** Domain reference, section 5: BANT 40, engagement 20, size 20, source 10, speed 10. */
const SOURCE_POINTS: Record<string, number> = {
  referral: 10,
  direct: 8,
  meta_ads: 6,
  google_ads: 6,
  organic: 5,
  other: 3,
};
const MESSAGES_FOR_ALL = 10;

/** A lead's score of 100, and what each part of it came from. */
export function leadScore(lead: LeadInput): LeadScore {
  const { budget, authority, need, timeline } = lead.bant;
  const factors = [
    factor('bant', 40, budget + authority + need + timeline, `${budget} + ${authority} + ${need} + ${timeline}`),
    factor('engagement', 20, share(lead.messages, MESSAGES_FOR_ALL) * 20, known(lead.messages, 'messages')),
    factor('size', 20, sizePoints(lead.employees), known(lead.employees, 'employees')),
    factor('source', 10, sourcePoints(lead.source), lead.source ?? 'not known'),
    factor('speed', 10, speedPoints(lead.answerMinutes), known(lead.answerMinutes, 'minutes to answer')),
  ];
  const score = Math.round(factors.reduce((sum, { points }) => sum + points, 0));
  return { score, action: leadAction(score), factors };
}

/** What whoever qualifies a lead says of it: a score of 100, or BANT points of 10 each, or neither. */
interface LeadClaim {
  score?: number | undefined;
  bant?: LeadInput['bant'] | undefined;
}

/**
 * Points of 10 that count of a question the customer's own words say nothing about: a guess. Four of them are 30 of 100, and
 * such a lead is declined.
 */
const MOST_POINTS_OF_A_GUESS = 3;

/**
 * The score of 100 that a claim comes to. What an agent says counts only as far as the customer's own words support it, so
 * that no model can talk a lead to a seller, by points or by a bare score.
 *
 * @param evidence null: whoever claims it answers for it (a person)
 */
export function claimedLeadScore({ score, bant }: LeadClaim, evidence: BantEvidence | null): number {
  const most = (question: keyof BantEvidence) => (evidence && !evidence[question] ? MOST_POINTS_OF_A_GUESS : 10);
  const given = bant ?? { budget: 10, authority: 10, need: 10, timeline: 10 };
  const points = (['budget', 'authority', 'need', 'timeline'] as const).reduce(
    (sum, question) => sum + Math.min(given[question], most(question)),
    0,
  );
  const supported = Math.round(points * 2.5);
  return score === undefined ? supported : Math.min(score, supported);
}

/** What the SDR does with a lead of this score (domain reference, section 5). */
export function leadAction(score: number): LeadScore['action'] {
  if (score >= 80) return 'assign_now';
  if (score >= 60) return 'follow_up';
  return score >= 40 ? 'nurture' : 'decline';
}

function factor(name: string, of: number, points: number, because: string) {
  return { factor: name, points: Math.round(points * 10) / 10, of, because };
}

function share(value: number | null, all: number): number {
  return Math.min(1, (value ?? 0) / all);
}

function sizePoints(employees: number | null): number {
  if (employees === null) return 0;
  if (employees >= 200) return 20;
  if (employees >= 50) return 15;
  return employees >= 10 ? 10 : 5;
}

function sourcePoints(source: string | null): number {
  if (source === null) return 0;
  return Object.hasOwn(SOURCE_POINTS, source) ? (SOURCE_POINTS[source] ?? 0) : 3;
}

function speedPoints(minutes: number | null): number {
  if (minutes === null) return 0;
  if (minutes <= 5) return 10;
  if (minutes <= 60) return 7;
  return minutes <= 24 * 60 ? 4 : 1;
}

function known(value: number | null, what: string): string {
  return value === null ? 'not known' : `${value} ${what}`;
}
