import { z } from 'zod';
import { sqlFile } from '../../database';
import { defineTool } from '../define-tool';
import { LIST_LIMIT, listInput, nextCursor, pageRequest } from '../paging';
import { time } from '../shapes';

interface GroupRow {
  id: string;
  kind: string;
  status: string;
  startedAt: Date;
  completedAt: Date | null;
  messageCount: number;
}

export const listMessageGroups = defineTool({
  name: 'list_message_groups',
  description: 'Lista os turnos de um contato: quais mensagens foram respondidas juntas, do mais novo ao mais antigo.',
  input: z.strictObject({ group_type: z.enum(['messages', 'late_media']).optional(), ...listInput(LIST_LIMIT) }),
  output: z.object({
    groups: z.array(
      z.object({
        id: z.string(),
        type: z.string(),
        status: z.string(),
        started_at: time(),
        completed_at: time().nullable(),
        message_count: z.number(),
      }),
    ),
    next_cursor: nextCursor(),
  }),
  about: 'contact',
  audience: 'staff',
  access: 'read',
  scope: 'messages.view',
  cost: 'free',
  examples: [{ says: 'Quantos turnos essa conversa teve?', arguments: {} }],
  async run(tx, { group_type: kind, limit, cursor }, { tenantId, contactId }) {
    const { after } = pageRequest({ limit, cursor });
    const rows = await tx.$queryRawUnsafe<GroupRow[]>(
      sqlFile('core/tools/sql/message-groups.sql'),
      tenantId,
      contactId,
      null,
      kind ?? null,
      after?.[0] ?? null,
      limit + 1,
    );
    const groups = rows.slice(0, limit);
    return {
      groups: groups.map(({ id, kind: type, status, startedAt, completedAt, messageCount }) => ({
        id,
        type,
        status,
        started_at: startedAt.toISOString(),
        completed_at: completedAt?.toISOString() ?? null,
        message_count: messageCount,
      })),
      next_cursor: rows.length > limit ? (groups.at(-1)?.id ?? null) : null,
    };
  },
});
