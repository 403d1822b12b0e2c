import { z } from 'zod';
import { sqlFile } from '../../database';
import { AppError } from '../../errors';
import { defineTool } from '../define-tool';
import { time } from '../shapes';

interface GroupRow {
  id: string;
  kind: string;
  status: string;
  startedAt: Date;
  completedAt: Date | null;
  messages: unknown;
}

export const getMessageGroup = defineTool({
  name: 'get_message_group',
  description: 'Mostra as mensagens que foram respondidas juntas em um turno, com o texto lido de cada mídia.',
  input: z.strictObject({ group_id: z.guid() }),
  output: z.object({
    id: z.string(),
    type: z.string(),
    status: z.string(),
    started_at: time(),
    completed_at: time().nullable(),
    messages: z.array(
      z.object({
        id: z.string(),
        content_type: z.string(),
        text: z.string().nullable(),
        enrichment_status: z.string().nullable(),
        enrichment_text: z.string().nullable(),
      }),
    ),
  }),
  about: 'any_contact',
  audience: 'staff',
  access: 'read',
  scope: 'messages.view',
  cost: 'free',
  examples: [{ says: 'O que esse turno respondeu?', arguments: { group_id: '01a20630-35d0-7562-8948-23743a1a6e08' } }],
  async run(tx, { group_id: groupId }, { tenantId, contactId }) {
    const [group] = await tx.$queryRawUnsafe<GroupRow[]>(
      sqlFile('core/tools/sql/message-groups.sql'),
      tenantId,
      contactId,
      groupId,
      null,
      null,
      1,
    );
    if (!group) throw new AppError('NOT_FOUND', 'There is no group with this id');
    return { ...presentGroup(group), messages: group.messages as never };
  },
});

function presentGroup({ id, kind, status, startedAt, completedAt }: GroupRow) {
  const times = { started_at: startedAt.toISOString(), completed_at: completedAt?.toISOString() ?? null };
  return { id, type: kind, status, ...times };
}
