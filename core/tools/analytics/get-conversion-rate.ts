import { z } from 'zod';
import { periodOf } from '../../crm/agent-stats';
import { listStatuses } from '../../crm/pipelines';
import { sqlFile } from '../../database';
import { AppError } from '../../errors';
import { defineTool } from '../define-tool';

interface ConversionRow {
  entered: number;
  converted: number;
}

export const getConversionRate = defineTool({
  name: 'get_conversion_rate',
  description: 'Calcula quantos dos contatos que entraram em um funil no período chegaram à etapa de ganho.',
  input: z.strictObject({
    pipeline_id: z.guid(),
    won_status_id: z
      .guid()
      .optional()
      .describe('A etapa que conta como ganho; a primeira de tipo closed, quando ausente'),
    period: z.enum(['today', 'week', 'month', 'quarter', 'year', 'all']).default('month'),
  }),
  output: z.object({ entered: z.number(), converted: z.number(), rate: z.number().nullable(), won_status: z.string() }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [{ says: 'Qual nossa conversão?', arguments: { pipeline_id: '01a20630-35d0-7562-8948-23743a1a6e08' } }],
  async run(tx, { pipeline_id: pipelineId, won_status_id: wonId, period }, { tenantId }) {
    const statuses = await listStatuses(tx, tenantId, pipelineId);
    const won = statuses.find(({ id, type }) => (wonId ? id === wonId : type === 'closed'));
    if (!won) throw new AppError('NOT_FOUND', 'The pipeline has no such closing status');
    const { from, to } = periodOf(period);
    const [row] = await tx.$queryRawUnsafe<ConversionRow[]>(
      sqlFile('core/tools/sql/conversion.sql'),
      tenantId,
      pipelineId,
      won.id,
      from.toISOString(),
      to.toISOString(),
    );
    const { entered, converted } = row ?? { entered: 0, converted: 0 };
    const rate = entered === 0 ? null : Math.round((converted / entered) * 1000) / 1000;
    return { entered, converted, rate, won_status: won.name };
  },
});
