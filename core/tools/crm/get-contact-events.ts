import { z } from 'zod';
import { listContactEvents } from '../../crm/contact-events';
import { EVENT_CATEGORIES } from '../../crm/types';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { cursorOf, LIST_LIMIT, listInput, nextCursor, pageRequest } from '../paging';
import { eventShape } from '../shapes';

const DAY_MS = 24 * 3600_000;

export const getContactEvents = defineTool({
  name: 'get_contact_events',
  description: 'Mostra a linha do tempo deste contato: mudanças de etapa, etiquetas, notas, compras, ocorrências.',
  input: z.strictObject({
    categories: z.array(z.enum(EVENT_CATEGORIES)).max(EVENT_CATEGORIES.length).optional(),
    lookback_days: z.int().min(1).max(3650).default(90),
    ...listInput(LIST_LIMIT),
  }),
  output: z.object({ events: z.array(eventShape), next_cursor: nextCursor() }),
  about: 'contact',
  audience: 'staff',
  access: 'read',
  scope: 'contacts.view',
  cost: 'free',
  examples: [{ says: 'O que aconteceu com esse cliente este mês?', arguments: { lookback_days: 30 } }],
  async run(tx, { categories, lookback_days: days, ...page }, { tenantId, contactId }) {
    const since = new Date(Date.now() - days * DAY_MS);
    const found = await listContactEvents(tx, tenantId, { ...pageRequest(page), contactId, categories, since });
    return { events: found.items.map((row) => eventShape.parse(present(row))), next_cursor: cursorOf(found) };
  },
});
