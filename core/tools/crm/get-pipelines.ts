import { z } from 'zod';
import { statusCounts } from '../../crm/contact-stages';
import { listPipelines } from '../../crm/pipelines';
import { defineTool } from '../define-tool';
import { LIST_LIMIT } from '../paging';

export const getPipelines = defineTool({
  name: 'get_pipelines',
  description: 'Lista os funis da empresa e suas etapas, com quantos contatos há em cada etapa.',
  input: z.strictObject({}),
  output: z.object({
    pipelines: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        stages: z.array(z.object({ id: z.string(), name: z.string(), type: z.string(), contacts: z.number() })),
      }),
    ),
  }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'pipelines.view',
  cost: 'free',
  examples: [{ says: 'Quantos negócios temos em cada etapa?', arguments: {} }],
  async run(tx, _input, { tenantId }) {
    const { items } = await listPipelines(tx, tenantId, { limit: LIST_LIMIT, after: null });
    const counts = await statusCounts(tx, tenantId);
    return {
      pipelines: items.map(({ id, name }) => ({
        id,
        name,
        stages: counts
          .filter(({ pipelineId }) => pipelineId === id)
          .map(({ statusId, name: stage, type, contacts }) => ({ id: statusId, name: stage, type, contacts })),
      })),
    };
  },
});
