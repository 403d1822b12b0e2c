import { z } from 'zod';
import { listSessions } from '../../crm/sessions';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { cursorOf, LIST_LIMIT, listInput, nextCursor, pageRequest } from '../paging';
import { sessionShape } from '../shapes';

export const getSessions = defineTool({
  name: 'get_sessions',
  description: 'Lista as conversas (sessões) deste contato, da mais nova à mais antiga.',
  // `closed` is what the domain's tools say; a session has three ways of being closed.
  input: z.strictObject({ status: z.enum(['active', 'closed']).optional(), ...listInput(LIST_LIMIT) }),
  output: z.object({ sessions: z.array(sessionShape), next_cursor: nextCursor() }),
  about: 'any_contact',
  audience: 'customer',
  access: 'read',
  scope: 'sessions.view',
  cost: 'free',
  examples: [{ says: 'Quando foi a última vez que falamos?', arguments: { limit: 3 } }],
  async run(tx, { status, ...page }, { tenantId, contactId }) {
    const request = { ...pageRequest(page, 'time_and_id'), contactId: contactId ?? undefined };
    const found = await listSessions(tx, tenantId, { ...request, status: status === 'closed' ? 'ended' : status });
    return { sessions: found.items.map((row) => sessionShape.parse(present(row))), next_cursor: cursorOf(found) };
  },
});
