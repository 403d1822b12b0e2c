import { z } from 'zod';

/** What the tools say of a ticket. */
export const ticketShape = z.object({ ticket_id: z.string(), status: z.string(), escalation: z.string() });
