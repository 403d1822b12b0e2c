import { z } from 'zod';
import { escalateTicket as escalate } from '../../crm/tickets';
import { defineTool } from '../define-tool';
import { ticketShape } from './ticket-shape';

export const escalateToEngineering = defineTool({
  name: 'escalate_to_engineering',
  description: 'Passa um chamado deste contato para a engenharia, quando é um defeito do produto.',
  input: z.strictObject({
    ticket_id: z.guid().describe('O chamado, de create_ticket'),
    reason: z.string().trim().min(1).max(500),
  }),
  output: ticketShape,
  about: 'contact',
  audience: 'customer',
  access: 'write',
  scope: 'contacts.manage',
  cost: 'free',
  isIdempotent: true,
  examples: [
    {
      says: 'Dá erro 500 toda vez que salvo',
      arguments: { ticket_id: '00000000-0000-4000-8000-000000000000', reason: 'Erro 500 ao salvar, reproduzido' },
    },
  ],
  async run(tx, { ticket_id: ticketId, reason }, { tenantId, contactId, by }) {
    const ticket = await escalate(tx, tenantId, { ticketId, contactId, level: 'engineering', reason, actor: by });
    return { ticket_id: ticket.id, status: ticket.status, escalation: ticket.escalation };
  },
});
