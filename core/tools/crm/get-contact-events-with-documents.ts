import { z } from 'zod';
import { listContactEvents } from '../../crm/contact-events';
import { EVENT_CATEGORIES } from '../../crm/types';
import { sqlFile } from '../../database';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { DOCUMENT_LIMIT } from '../paging';
import { eventShape, time } from '../shapes';

const DAY_MS = 24 * 3600_000;
const DOCUMENTS_PER_EVENT = 3;
const EXCERPT_CHARACTERS = 600;

interface Passage {
  messageId: string;
  title: string | null;
  excerpt: string;
  sentAt: Date;
}

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
        documents: z.array(
          z.object({ message_id: z.string(), title: z.string().nullable(), excerpt: z.string(), sent_at: time() }),
        ),
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
      const found = await tx.$queryRawUnsafe<Passage[]>(
        sqlFile('core/tools/sql/documents-about.sql'),
        tenantId,
        contactId,
        event.title,
        DOCUMENTS_PER_EVENT,
        EXCERPT_CHARACTERS,
      );
      const documents = found.map((passage) => ({
        message_id: passage.messageId,
        title: passage.title,
        excerpt: passage.excerpt,
        sent_at: passage.sentAt.toISOString(),
      }));
      events.push({ ...eventShape.parse(present(event)), documents });
    }
    return { events };
  },
});
