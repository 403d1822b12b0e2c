import { z } from 'zod';
import { periodOf } from '../../crm/agent-stats';
import { defineTool } from '../define-tool';

export const getLeadsCount = defineTool({
  name: 'get_leads_count',
  description: 'Conta os leads que chegaram em um período: todos, qualificados ou não qualificados.',
  input: z.strictObject({
    period: z.enum(['today', 'week', 'month', 'year', 'all']),
    status: z.enum(['all', 'qualified', 'unqualified']).default('all'),
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
    const { from } = periodOf(period);
    const where = { tenantId, deletedAt: null, createdAt: { gte: from } };
    const count = await tx.contact.count({ where: status === 'all' ? where : { ...where, leadStatus: status } });
    return { count, period, status };
  },
});
