import { z } from 'zod';
import { getMessageGroup as load } from '../../crm/message-groups';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { messageGroupShape } from '../shapes';

const output = messageGroupShape.extend({
  messages: z.array(
    z.object({
      id: z.string(),
      content_type: z.string(),
      text: z.string().nullable(),
      enrichment_status: z.string().nullable(),
      enrichment_text: z.string().nullable(),
    }),
  ),
});

export const getMessageGroup = defineTool({
  name: 'get_message_group',
  description: 'Mostra as mensagens que foram respondidas juntas em um turno, com o texto lido de cada mídia.',
  input: z.strictObject({ group_id: z.guid() }),
  output,
  about: 'any_contact',
  audience: 'staff',
  access: 'read',
  scope: 'messages.view',
  cost: 'free',
  examples: [{ says: 'O que esse turno respondeu?', arguments: { group_id: '01a20630-35d0-7562-8948-23743a1a6e08' } }],
  run: async (tx, { group_id: groupId }, { tenantId, contactId }) =>
    output.parse(present(await load(tx, tenantId, { groupId, contactId }))),
});
