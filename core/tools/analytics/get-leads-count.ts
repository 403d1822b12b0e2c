import { z } from 'zod';
import { periodOf } from '../../crm/agent-stats';
import { countLeads, LEAD_STATUSES } from '../../crm/lead-numbers';
import { defineTool } from '../define-tool';

export const getLeadsCount = defineTool({
  name: 'get_leads_count',
  description: 'Conta os leads que chegaram em um período: todos, qualificados ou não qualificados.',
  input: z.strictObject({
    period: z.enum(['today', 'week', 'month', 'year', 'all']),
    status: z.enum(LEAD_STATUSES).default('all'),
  }),
  output: z.object({ count: z.number(), period: z.string(), status: z.string() }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [
    { says: 'Quantos leads qualificados tivemos no mês?', arguments: { period: 'month', status: 'qualified' } },
  ],
  async run(tx, { period, status }, { tenantId }) {
    const count = await countLeads(tx, tenantId, { ...periodOf(period), status });
    return { count, period, status };
  },
});
