import { z } from 'zod';
import { defineTool } from '../define-tool';

export const formatBullets = defineTool({
  name: 'format_bullets',
  description: 'Monta uma lista em tópicos curta, do jeito que se lê bem no WhatsApp.',
  input: z.strictObject({
    title: z.string().trim().max(200).optional(),
    items: z.array(z.string().trim().min(1).max(500)).min(1).max(30),
  }),
  output: z.object({ text: z.string() }),
  about: 'nothing',
  audience: 'customer',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [
    { says: 'Me lista as opções', arguments: { title: 'Opções', items: ['Retirar na loja', 'Receber em casa'] } },
  ],
  run(_tx, { title, items }) {
    const lines = items.map((item) => `• ${item.replace(/\s+/g, ' ')}`);
    return Promise.resolve({ text: [...(title ? [title] : []), ...lines].join('\n') });
  },
});
