import {
  agentStats,
  periodOf,
  type AgentStats,
  type Period as Span,
  type PeriodName,
} from '../../core/crm/agent-stats';
import { contactStats, contactTotals } from '../../core/crm/contacts';
import { COST_GROUPS, costReport, costTotals, type CostGroup, type CostRow } from '../../core/crm/cost-report';
import {
  conversionOf,
  countLeads,
  type Conversion as FoundConversion,
  type LeadStatus,
} from '../../core/crm/lead-numbers';
import { sessionStats, type SessionStats as FoundSessions } from '../../core/crm/sessions';
import type { Database, Tx } from '../../core/database';
import type { Logger } from '../../core/logging/logger';
import { withinDeadline } from '../../core/memory';
import { requireAgents } from '../../core/tools/analytics/agent-period';
import { z } from 'zod';
import {
  CostGroup as WireGroup,
  LeadStatus as WireLeadStatus,
  Period,
  type AgentPerformance,
  type AnalyticsServiceServer,
  type Conversion,
  type Costs,
  type SessionStats,
} from './generated/ventros/analytics/v1/analytics';
import type { GrpcPaging } from './paging';
import { id, optionalId, readRequest } from './requests';
import { DATABASE_LIMIT_MS } from './serve';
import { unary } from './unary';
import { byWireNumber, readEnum } from './wire-values';

export interface AnalyticsServiceDeps {
  db: Database;
  logger: Logger;
  paging: GrpcPaging;
}

const MAX_AGENTS = 50;

const PERIODS: Readonly<Record<number, PeriodName>> = {
  [Period.PERIOD_UNSPECIFIED]: 'month',
  [Period.PERIOD_TODAY]: 'today',
  [Period.PERIOD_WEEK]: 'week',
  [Period.PERIOD_MONTH]: 'month',
  [Period.PERIOD_QUARTER]: 'quarter',
  [Period.PERIOD_YEAR]: 'year',
  [Period.PERIOD_ALL]: 'all',
};
const LEAD_STATUSES: Readonly<Record<number, LeadStatus>> = {
  [WireLeadStatus.LEAD_STATUS_UNSPECIFIED]: 'all',
  [WireLeadStatus.LEAD_STATUS_QUALIFIED]: 'qualified',
  [WireLeadStatus.LEAD_STATUS_UNQUALIFIED]: 'unqualified',
};
const GROUPS: Readonly<Record<number, CostGroup>> = {
  ...byWireNumber(WireGroup, 'COST_GROUP', COST_GROUPS),
  [WireGroup.COST_GROUP_UNSPECIFIED]: 'provider',
};

const agentIds = z.array(id).max(MAX_AGENTS);
const contactRequest = z.object({ contact_id: optionalId });
const performanceRequest = z.object({ agent_ids: agentIds });
const conversionRequest = z.object({ pipeline_id: id, won_status_id: optionalId });
const reportRequest = z.object({ agent_ids: agentIds, pipeline_id: optionalId });

export function analyticsService(deps: AnalyticsServiceDeps): AnalyticsServiceServer {
  const { db, paging } = deps;
  return {
    getContactStats: unary(deps, {
      scope: 'contacts.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const { contact_id: contactId } = readRequest(contactRequest, {
          contact_id: request.contactId,
        });
        return withinDeadline(db, tenantId, deadline, async (tx) => {
          if (contactId === null) return { all: await contactTotals(tx, tenantId) };
          const { firstMessageAt, lastMessageAt, costMicros, ...counts } = await contactStats(tx, tenantId, contactId);
          return {
            contact: {
              ...counts,
              costMicros: Number(costMicros),
              firstMessageAt: firstMessageAt ?? undefined,
              lastMessageAt: lastMessageAt ?? undefined,
            },
          };
        });
      },
    }),

    getSessionStats: unary(deps, {
      scope: 'sessions.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      handle: (_request, { tenantId, deadline }) =>
        withinDeadline(db, tenantId, deadline, async (tx) => ({
          stats: presentSessions(await sessionStats(tx, tenantId)),
        })),
    }),

    getAgentPerformance: unary(deps, {
      scope: 'analytics.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const span = periodOf(readEnum('period', request.period, PERIODS));
        const input = readRequest(performanceRequest, { agent_ids: request.agentIds });
        return withinDeadline(db, tenantId, deadline, async (tx) => ({
          agents: await performance(tx, tenantId, { ...span, agentIds: input.agent_ids }),
        }));
      },
    }),

    getLeadsCount: unary(deps, {
      scope: 'analytics.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const span = periodOf(readEnum('period', request.period, PERIODS));
        const status = readEnum('status', request.status, LEAD_STATUSES);
        return withinDeadline(db, tenantId, deadline, async (tx) => ({
          count: await countLeads(tx, tenantId, { ...span, status }),
        }));
      },
    }),

    getConversionRate: unary(deps, {
      scope: 'analytics.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const span = periodOf(readEnum('period', request.period, PERIODS));
        const { pipeline_id: pipelineId, won_status_id: wonStatusId } = readRequest(conversionRequest, {
          pipeline_id: request.pipelineId,
          won_status_id: request.wonStatusId,
        });
        return withinDeadline(db, tenantId, deadline, async (tx) => ({
          conversion: presentConversion(await conversionOf(tx, tenantId, { ...span, pipelineId, wonStatusId })),
        }));
      },
    }),

    getAiCosts: unary(deps, {
      scope: 'billing.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const span = periodOf(readEnum('period', request.period, PERIODS));
        const groupBy = readEnum('group_by', request.groupBy, GROUPS);
        const { items, nextPageToken } = await paging.load({ tenantId, list: `costs/${groupBy}` }, request, (page) =>
          withinDeadline(db, tenantId, deadline, (tx) => costReport(tx, tenantId, { ...page, ...span, groupBy })),
        );
        const total = await withinDeadline(db, tenantId, deadline, (tx) => costTotals(tx, tenantId, span));
        return {
          total: presentCosts(total),
          groups: items.map(({ key, ...costs }) => ({ key: key ?? '', costs: presentCosts(costs) })),
          nextPageToken,
        };
      },
    }),

    getReport: unary(deps, {
      scope: 'analytics.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const span = periodOf(readEnum('period', request.period, PERIODS));
        const { agent_ids: ids, pipeline_id: pipelineId } = readRequest(reportRequest, {
          agent_ids: request.agentIds,
          pipeline_id: request.pipelineId,
        });
        return withinDeadline(db, tenantId, deadline, async (tx) => ({
          ...span,
          leads: await countLeads(tx, tenantId, { ...span, status: 'all' }),
          qualifiedLeads: await countLeads(tx, tenantId, { ...span, status: 'qualified' }),
          sessions: presentSessions(await sessionStats(tx, tenantId)),
          agents: await performance(tx, tenantId, { ...span, agentIds: ids }),
          conversion: pipelineId
            ? presentConversion(await conversionOf(tx, tenantId, { ...span, pipelineId, wonStatusId: null }))
            : undefined,
        }));
      },
    }),
  };
}

/** Of everybody when nobody is named. @throws AppError NOT_FOUND */
async function performance(
  tx: Tx,
  tenantId: string,
  { agentIds: named, ...span }: Span & { agentIds: string[] },
): Promise<AgentPerformance[]> {
  if (named.length > 0) await requireAgents(tx, tenantId, named);
  const stats = await agentStats(tx, tenantId, { ...span, agentIds: named.length > 0 ? named : null });
  return stats.map(presentAgent);
}

function presentAgent(stats: AgentStats): AgentPerformance {
  return {
    ...stats,
    responseSeconds: stats.responseSeconds ?? undefined,
    resolutionRate: stats.resolutionRate ?? undefined,
    conversionRate: stats.conversionRate ?? undefined,
    satisfaction: stats.satisfaction ?? undefined,
  };
}

function presentSessions(stats: FoundSessions): SessionStats {
  return {
    ...stats,
    averageDurationSeconds: stats.averageDurationSeconds ?? undefined,
    averageMessages: stats.averageMessages ?? undefined,
  };
}

function presentConversion({ rate, ...conversion }: FoundConversion): Conversion {
  return { ...conversion, rate: rate ?? undefined };
}

function presentCosts({ calls, settledMicros, uncertainMicros, reservedMicros }: Omit<CostRow, 'key'>): Costs {
  return {
    calls,
    settledMicros: Number(settledMicros),
    uncertainMicros: Number(uncertainMicros),
    reservedMicros: Number(reservedMicros),
  };
}
