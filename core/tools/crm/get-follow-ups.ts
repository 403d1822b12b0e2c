import { z } from 'zod';
import { listFollowUps } from '../../crm/follow-ups/follow-ups';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { cursorOf, LIST_LIMIT, listInput, nextCursor, pageRequest } from '../paging';
import { time } from '../shapes';

const followUpShape = z.object({ id: z.string(), text: z.string(), scheduled_at: time(), status: z.string() });

export const getFollowUps = defineTool({
  name: 'get_follow_ups',
  description: 'Mostra as mensagens agendadas para este contato, da mais nova à mais antiga.',
  input: z.strictObject({ status: z.enum(['scheduled', 'sent', 'cancelled']).optional(), ...listInput(LIST_LIMIT) }),
  output: z.object({ follow_ups: z.array(followUpShape), next_cursor: nextCursor() }),
  about: 'contact',
  audience: 'customer',
  access: 'read',
  scope: 'messages.view',
  cost: 'free',
  examples: [{ says: 'Quando vocês me chamam de novo?', arguments: { status: 'scheduled' } }],
  async run(tx, { status, ...page }, { tenantId, contactId }) {
    const found = await listFollowUps(tx, tenantId, { ...pageRequest(page), contactId, status });
    return {
      follow_ups: found.items.map((row) => followUpShape.parse(present(row))),
      next_cursor: cursorOf(found),
    };
  },
});
