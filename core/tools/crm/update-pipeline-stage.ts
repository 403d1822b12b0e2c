import { z } from 'zod';
import { changeStage } from '../../crm/contact-stages';
import type { Tx } from '../../database';
import { AppError } from '../../errors';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { stageShape } from '../shapes';
import { wrongArgument } from '../wrong-arguments';

export const updatePipelineStage = defineTool({
  name: 'update_pipeline_stage',
  aliases: ['update_pipeline_status', 'change_pipeline_status'],
  description: 'Move este contato para uma etapa do funil, pelo nome da etapa ou pelo id.',
  input: z
    .strictObject({
      pipeline_id: z.guid().optional().describe('Desnecessário quando o nome da etapa só existe em um funil'),
      stage: z.string().trim().min(1).max(200).optional().describe('Nome da etapa'),
      stage_id: z.guid().optional(),
      status_id: z.guid().optional(),
      reason: z.string().trim().max(500).optional(),
      notes: z.string().trim().max(2000).optional(),
    })
    .refine(({ stage, stage_id, status_id }) => [stage, stage_id, status_id].filter(Boolean).length === 1, {
      message: 'give exactly one of stage, stage_id and status_id',
    }),
  output: z.object({ stage: stageShape }),
  about: 'contact',
  audience: 'customer',
  access: 'write',
  scope: 'contacts.manage',
  cost: 'free',
  isIdempotent: true,
  examples: [{ says: 'Pode mandar a proposta', arguments: { stage: 'Proposta', reason: 'pediu proposta' } }],
  async run(tx, { pipeline_id, stage, stage_id, status_id, reason, notes }, { tenantId, contactId, by }) {
    const target = await findStatus(tx, tenantId, {
      pipelineId: pipeline_id,
      statusId: stage_id ?? status_id,
      name: stage,
    });
    const change = { contactId, ...target, reason: reason ?? null, notes: notes ?? null, actor: by };
    return { stage: stageShape.parse(present(await changeStage(tx, tenantId, change))) };
  },
});

async function findStatus(
  tx: Tx,
  tenantId: string,
  of: { pipelineId: string | undefined; statusId: string | undefined; name: string | undefined },
): Promise<{ pipelineId: string; statusId: string }> {
  const found = await tx.pipelineStatus.findMany({
    where: {
      tenantId,
      deletedAt: null,
      ...(of.pipelineId ? { pipelineId: of.pipelineId } : {}),
      ...(of.statusId ? { id: of.statusId } : {}),
      ...(of.name ? { name: { equals: of.name, mode: 'insensitive' as const } } : {}),
    },
    select: { id: true, pipelineId: true },
    take: 2,
  });
  const [status, another] = found;
  if (!status) throw new AppError('NOT_FOUND', 'There is no such stage; get_pipelines lists them');
  if (another) throw wrongArgument('pipeline_id', 'is required: several pipelines have a stage of this name');
  return { pipelineId: status.pipelineId, statusId: status.id };
}
