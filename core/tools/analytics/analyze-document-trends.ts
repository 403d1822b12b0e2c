import { z } from 'zod';
import { periodOf } from '../../crm/agent-stats';
import { sqlFile } from '../../database';
import { defineTool } from '../define-tool';

interface Trends {
  total: number;
  byType: { type: string; count: number; failed: number }[];
  byDay: { day: string; count: number }[];
}

export const analyzeDocumentTrends = defineTool({
  name: 'analyze_document_trends',
  description: 'Conta os documentos recebidos em um período, por tipo e por dia, e quantos não puderam ser lidos.',
  input: z.strictObject({
    period: z.enum(['today', 'week', 'month', 'year', 'all']).default('month'),
    type: z.string().max(200).optional().describe('Só este tipo, por exemplo application/pdf'),
  }),
  output: z.object({
    period: z.string(),
    total: z.number(),
    by_type: z.array(z.object({ type: z.string(), count: z.number(), failed: z.number() })),
    by_day: z.array(z.object({ day: z.string(), count: z.number() })),
  }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [{ says: 'Quantos PDFs recebemos esta semana?', arguments: { period: 'week', type: 'application/pdf' } }],
  async run(tx, { period, type }, { tenantId }) {
    const { from, to } = periodOf(period);
    const sql = sqlFile('core/tools/sql/document-trends.sql');
    const [row] = await tx.$queryRawUnsafe<Trends[]>(sql, tenantId, from, to, type ?? null);
    return { period, total: row?.total ?? 0, by_type: row?.byType ?? [], by_day: row?.byDay ?? [] };
  },
});
