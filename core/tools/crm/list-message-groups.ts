import { z } from 'zod';
import { listMessageGroups as list, MESSAGE_GROUP_TYPES } from '../../crm/message-groups';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { cursorOf, LIST_LIMIT, listInput, nextCursor, pageRequest } from '../paging';
import { messageGroupShape } from '../shapes';

const groupShape = messageGroupShape.extend({ message_count: z.number() });

export const listMessageGroups = defineTool({
  name: 'list_message_groups',
  description: 'Lista os turnos de um contato: quais mensagens foram respondidas juntas, do mais novo ao mais antigo.',
  input: z.strictObject({ group_type: z.enum(MESSAGE_GROUP_TYPES).optional(), ...listInput(LIST_LIMIT) }),
  output: z.object({ groups: z.array(groupShape), next_cursor: nextCursor() }),
  about: 'contact',
  audience: 'staff',
  access: 'read',
  scope: 'messages.view',
  cost: 'free',
  examples: [{ says: 'Quantos turnos essa conversa teve?', arguments: {} }],
  async run(tx, { group_type: type, ...page }, { tenantId, contactId }) {
    const found = await list(tx, tenantId, { ...pageRequest(page), contactId, type });
    return { groups: found.items.map((row) => groupShape.parse(present(row))), next_cursor: cursorOf(found) };
  },
});
