import { sqlFile, type Tx } from '../database';
import { sentimentOf } from './sentiment/score';

/** What is measured of a contact before its risk is judged. */
export interface ChurnSignals {
  daysSinceLastMessage: number | null;
  messagesLast30Days: number;
  messages30DaysBefore: number;
  /** Turns of the last 90 days that were about leaving. */
  retentionTurns: number;
  /** Objections and pain points that hold. */
  complaints: number;
  unanswered: number;
  /** -1 to 1, of the last messages. */
  sentiment: number;
}

export interface ChurnRisk {
  /** 0 to 1. */
  risk: number;
  level: 'low' | 'medium' | 'high';
  factors: { factor: string; value: number | null; weight: number; contribution: number }[];
}

/** Weights sum to 1. Ours: nothing was measured on real customers yet, so they are plain and shown with every answer. */
const WEIGHTS = {
  silence: 0.25,
  decline: 0.15,
  leaving: 0.25,
  complaints: 0.1,
  unanswered: 0.05,
  sentiment: 0.2,
} as const;
const SILENT_DAYS_FOR_ALL = 60;
const MESSAGES_READ = 20;

export function churnRisk(signals: ChurnSignals): ChurnRisk {
  const { messagesLast30Days: now, messages30DaysBefore: before } = signals;
  const severities: [keyof typeof WEIGHTS, number | null, number][] = [
    [
      'silence',
      signals.daysSinceLastMessage,
      capped((signals.daysSinceLastMessage ?? SILENT_DAYS_FOR_ALL) / SILENT_DAYS_FOR_ALL),
    ],
    ['decline', now - before, before === 0 ? 0 : capped((before - now) / before)],
    ['leaving', signals.retentionTurns, capped(signals.retentionTurns / 2)],
    ['complaints', signals.complaints, capped(signals.complaints / 3)],
    ['unanswered', signals.unanswered, capped(signals.unanswered / 2)],
    ['sentiment', signals.sentiment, capped(-signals.sentiment)],
  ];
  const factors = severities
    .map(([factor, value, severity]) => ({
      factor,
      value,
      weight: WEIGHTS[factor],
      contribution: round(WEIGHTS[factor] * severity),
    }))
    .toSorted((a, b) => b.contribution - a.contribution);
  const risk = round(factors.reduce((sum, { contribution }) => sum + contribution, 0));
  return { risk, level: risk >= 0.6 ? 'high' : risk >= 0.3 ? 'medium' : 'low', factors };
}

/** The signals of contacts of this tenant; one that is not there is left out. */
export async function churnSignals(
  tx: Tx,
  tenantId: string,
  contactIds: string[],
): Promise<Map<string, ChurnSignals & { name: string }>> {
  const rows = await tx.$queryRawUnsafe<
    (Omit<ChurnSignals, 'sentiment'> & { id: string; name: string; texts: string })[]
  >(sqlFile('core/crm/sql/churn_signals.sql'), tenantId, contactIds, MESSAGES_READ);
  return new Map(rows.map(({ id, texts, ...row }) => [id, { ...row, sentiment: sentimentOf(texts).score }]));
}

function capped(severity: number): number {
  return Math.min(1, Math.max(0, severity));
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
