import { sqlFile, type Tx } from '../database';
import { sentimentOf } from './sentiment/score';

export interface AgentStats {
  agentId: string;
  name: string;
  type: string;
  messages: number;
  sessions: number;
  contacts: number;
  /** Seconds from a customer's message to the agent's next one; null without any. */
  responseSeconds: number | null;
  /** Share of the agent's ended sessions that were not handed over. */
  resolutionRate: number | null;
  /** Share of the agent's contacts that reached a closing status in the period. */
  conversionRate: number | null;
  /** -1 to 1: how what customers wrote in these sessions feels. */
  satisfaction: number | null;
}

export interface Period {
  from: Date;
  to: Date;
}

type StatsRow = Omit<AgentStats, 'satisfaction'> & { texts: string };

/** How agents (people and AI) did in a period, from what they wrote and what became of it. */
export async function agentStats(
  tx: Tx,
  tenantId: string,
  { agentIds, from, to }: Period & { agentIds: string[] | null },
): Promise<AgentStats[]> {
  const sql = sqlFile('core/crm/sql/agent_stats.sql');
  const rows = await tx.$queryRawUnsafe<StatsRow[]>(sql, tenantId, agentIds, from.toISOString(), to.toISOString());
  return rows.map(({ texts, ...row }) => ({ ...row, satisfaction: texts === '' ? null : sentimentOf(texts).score }));
}

const DAY_MS = 24 * 3600_000;
const PERIOD_DAYS = { today: 1, week: 7, month: 30, quarter: 90, year: 365, all: 36_500 } as const;
export type PeriodName = keyof typeof PERIOD_DAYS;

/** The last so many days, up to now. */
export function periodOf(name: PeriodName): Period {
  const to = new Date();
  return { from: new Date(Math.max(0, to.getTime() - PERIOD_DAYS[name] * DAY_MS)), to };
}
