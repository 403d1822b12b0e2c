import { z } from 'zod';
import { addContactEvent } from '../../crm/contact-events';
import { PRIORITIES, sourceOf } from '../../crm/types';
import { defineTool } from '../define-tool';

const CATEGORIES = ['interaction', 'milestone', 'issue', 'purchase', 'engagement', 'system'] as const;

export const createContactEvent = defineTool({
  name: 'create_contact_event',
  description: 'Registra um acontecimento na linha do tempo deste contato: compra, problema, marco, interação.',
  input: z.strictObject({
    category: z.enum(CATEGORIES),
    event_type: z.string().regex(/^[a-z][a-z0-9_.]{0,99}$/),
    description: z.string().trim().min(1).max(300),
    metadata: z.record(z.string().max(100), z.union([z.string().max(500), z.number(), z.boolean()])).default({}),
    priority: z.enum(PRIORITIES).default('normal'),
  }),
  output: z.object({ event_id: z.string() }),
  about: 'contact',
  audience: 'customer',
  access: 'write',
  scope: 'contacts.manage',
  cost: 'free',
  examples: [
    {
      says: 'Meu pedido chegou quebrado',
      arguments: { category: 'issue', event_type: 'damaged_order', description: 'Pedido chegou quebrado' },
    },
  ],
  async run(tx, { category, event_type: eventType, description: title, metadata: payload, priority }, context) {
    const { tenantId, contactId, turn, by } = context;
    const event = await addContactEvent(tx, tenantId, {
      contactId,
      sessionId: turn?.sessionId ?? null,
      category,
      eventType,
      title,
      payload,
      priority,
      source: sourceOf(by),
    });
    return { event_id: event.id };
  },
});
