import { z } from 'zod';
import { listMessages } from '../../crm/messages';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { cursorOf, listInput, MESSAGE_LIMIT, nextCursor, pageRequest } from '../paging';
import { messageShape } from '../shapes';
import { requireSession } from '../scope';
import { wrongArgument } from '../wrong-arguments';

export const getMessages = defineTool({
  name: 'get_messages',
  description:
    'Mostra mensagens deste contato ou de uma sessão, na ordem em que foram ditas, com o texto lido das mídias.',
  input: z.strictObject({ session_id: z.guid().optional(), ...listInput(MESSAGE_LIMIT) }),
  output: z.object({ messages: z.array(messageShape), next_cursor: nextCursor() }),
  about: 'any_contact',
  audience: 'customer',
  access: 'read',
  scope: 'messages.view',
  cost: 'free',
  examples: [{ says: 'O que combinamos ontem?', arguments: { limit: 20 } }],
  async run(tx, { session_id: sessionId, ...page }, { tenantId, contactId }) {
    if (!sessionId && !contactId) throw wrongArgument('session_id', 'is required without contact_id');
    if (sessionId) await requireSession(tx, tenantId, { sessionId, contactId });
    const request = { ...pageRequest(page, 'time_and_id'), sessionId, contactId: contactId ?? undefined };
    const found = await listMessages(tx, tenantId, request);
    // The page is of the newest; within it the oldest comes first, as one reads.
    const messages = found.items.map((row) => messageShape.parse(present(row))).reverse();
    return { messages, next_cursor: cursorOf(found) };
  },
});
