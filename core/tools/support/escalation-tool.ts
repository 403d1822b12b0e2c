import { z } from 'zod';
import { escalateTicket, type EscalationLevel } from '../../crm/tickets';
import { defineTool } from '../define-tool';
import type { Tool } from '../types';
import { ticketShape } from './ticket-shape';

/** A tool that passes a ticket of the contact on to `level`. */
export function escalationTool({
  name,
  description,
  level,
  example: { says, reason },
}: {
  name: string;
  description: string;
  level: EscalationLevel;
  example: { says: string; reason: string };
}): Tool {
  return defineTool({
    name,
    description,
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
    examples: [{ says, arguments: { ticket_id: '00000000-0000-4000-8000-000000000000', reason } }],
    async run(tx, { ticket_id: ticketId, reason }, { tenantId, contactId, by }) {
      const ticket = await escalateTicket(tx, tenantId, { ticketId, contactId, level, reason, actor: by });
      return { ticket_id: ticket.id, status: ticket.status, escalation: ticket.escalation };
    },
  });
}
