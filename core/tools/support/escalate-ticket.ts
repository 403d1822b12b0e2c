import { z } from 'zod';
import { escalateTicket as escalate } from '../../crm/tickets';
import { defineTool } from '../define-tool';
import { ticketShape } from './ticket-shape';

export const escalateTicket = defineTool({
  name: 'escalate_ticket',
  description: 'Passa um chamado deste contato para a supervisão, quando o atendimento não resolve.',
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
      says: 'Já é a terceira vez que reclamo disso',
      arguments: { ticket_id: '00000000-0000-4000-8000-000000000000', reason: 'Terceira reclamação' },
    },
  ],
  async run(tx, { ticket_id: ticketId, reason }, { tenantId, contactId, by }) {
    const ticket = await escalate(tx, tenantId, { ticketId, contactId, level: 'supervisor', reason, actor: by });
    return { ticket_id: ticket.id, status: ticket.status, escalation: ticket.escalation };
  },
});
