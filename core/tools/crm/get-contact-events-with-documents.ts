import { z } from 'zod';
import { listContactEvents } from '../../crm/contact-events';
import { EVENT_CATEGORIES } from '../../crm/types';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { DOCUMENT_LIMIT } from '../paging';
import { documentPassageShape, documentsAbout, presentPassage } from '../memory/search-documents';
import { eventShape } from '../shapes';

const DAY_MS = 24 * 3600_000;
const DOCUMENTS_PER_EVENT = 3;
const EXCERPT_CHARACTERS = 600;

export const getContactEventsWithDocuments = defineTool({
  name: 'get_contact_events_with_documents',
  description:
    'Mostra a linha do tempo deste contato e, para cada evento, trechos dos documentos enviados que falam dele.',
  input: z.strictObject({
    event_categories: z.array(z.enum(EVENT_CATEGORIES)).optional(),
    lookback_days: z.int().min(1).max(3650).default(30),
    limit: z.int().min(1).max(DOCUMENT_LIMIT).default(DOCUMENT_LIMIT),
  }),
  output: z.object({
    events: z.array(
      eventShape.extend({
        documents: z.array(documentPassageShape),
      }),
    ),
  }),
  about: 'contact',
  audience: 'staff',
  access: 'read',
  scope: 'contacts.view',
  cost: 'free',
  examples: [{ says: 'Quais documentos tratam da reclamação?', arguments: { event_categories: ['issue'] } }],
  async run(tx, { event_categories: categories, lookback_days: days, limit }, { tenantId, contactId }) {
    const since = new Date(Date.now() - days * DAY_MS);
    const { items } = await listContactEvents(tx, tenantId, { contactId, categories, since, limit, after: null });
    const events = [];
    for (const event of items) {
      const about = {
        contactId,
        query: event.title,
        limit: DOCUMENTS_PER_EVENT,
        excerptCharacters: EXCERPT_CHARACTERS,
      };
      const found = await documentsAbout(tx, tenantId, about);
      events.push({ ...eventShape.parse(present(event)), documents: found.map(presentPassage) });
    }
    return { events };
  },
});
