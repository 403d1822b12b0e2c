import { z } from 'zod';
import { createTicket as openTicket } from '../../crm/tickets';
import { defineTool } from '../define-tool';
import { ticketShape } from './ticket-shape';

export const createTicket = defineTool({
  name: 'create_ticket',
  description: 'Abre um chamado sobre um problema deste contato, para a equipe resolver.',
  input: z.strictObject({
    subject: z.string().trim().min(1).max(200),
    description: z.string().trim().min(1).max(5000).describe('O que acontece, desde quando e o que já foi tentado'),
    severity: z.int().min(1).max(10).describe('1: uma dúvida. 10: nada funciona. A partir de 8 vai para a supervisão'),
  }),
  output: ticketShape,
  about: 'contact',
  audience: 'customer',
  access: 'write',
  scope: 'contacts.manage',
  cost: 'free',
  examples: [
    {
      says: 'O app fecha sozinho desde ontem',
      arguments: { subject: 'App fecha sozinho', description: 'Desde ontem, ao abrir o pedido', severity: 6 },
    },
  ],
  async run(tx, fields, { tenantId, contactId, turn, by }) {
    const conversationId = turn?.conversationId ?? null;
    const ticket = await openTicket(tx, tenantId, { ...fields, contactId, conversationId, actor: by });
    return { ticket_id: ticket.id, status: ticket.status, escalation: ticket.escalation };
  },
});
