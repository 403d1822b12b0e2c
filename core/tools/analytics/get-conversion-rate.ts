import { z } from 'zod';
import { periodOf } from '../../crm/agent-stats';
import { conversionOf } from '../../crm/lead-numbers';
import { defineTool } from '../define-tool';

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
  async run(tx, { pipeline_id: pipelineId, won_status_id: wonStatusId = null, period }, { tenantId }) {
    const { wonStatus, ...numbers } = await conversionOf(tx, tenantId, {
      pipelineId,
      wonStatusId,
      ...periodOf(period),
    });
    return { ...numbers, won_status: wonStatus };
  },
});
