import {
  createTicket,
  escalateTicket,
  ESCALATION_LEVELS,
  getTicket,
  listTickets,
  TICKET_STATUSES,
  updateTicket,
} from '../../core/crm/tickets';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const ticketSchema = z
  .object({
    id: uuid(),
    contact_id: uuid(),
    conversation_id: uuid().nullable(),
    subject: z.string(),
    description: z.string(),
    severity: z.number().int(),
    status: z.string(),
    escalation: z.string(),
    escalation_reason: z.string().nullable(),
    escalated_at: timestamp().nullable(),
    resolution: z.string().nullable(),
    resolved_at: timestamp().nullable(),
    version: z.number().int(),
    created_at: timestamp(),
    updated_at: timestamp(),
  })
  .openapi('Ticket');

const fields = {
  subject: z.string().trim().min(1).max(200),
  description: z.string().trim().min(1).max(20_000),
  severity: z.number().int().min(1).max(10).openapi({
    description: '1 (a question) to 10 (nothing works); from 8 on it is escalated to a supervisor at once',
  }),
};
const createBody = z
  .object({ ...fields, contact_id: uuid(), conversation_id: uuid().optional() })
  .strict()
  .openapi('NewTicket');
const changes = z
  .object({ ...fields, status: z.enum(TICKET_STATUSES), resolution: z.string().trim().min(1).max(20_000).nullable() })
  .partial()
  .strict();
const updateBody = changes.extend({ version: z.number().int().min(1) }).openapi('TicketChange');
const escalateBody = z
  .object({ level: z.enum(ESCALATION_LEVELS).default('supervisor'), reason: z.string().trim().min(1).max(500) })
  .strict()
  .openapi('TicketEscalation');
const listQuery = pageQuery.extend({ contact_id: uuid().optional(), status: z.enum(TICKET_STATUSES).optional() });

export function ticketRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/tickets',
      tag: 'tickets',
      summary: 'List tickets, newest first',
      scope: 'contacts.view',
      query: listQuery,
      response: { status: 200, description: 'A page of tickets', body: pageOf(ticketSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'tickets' }, query, (page) =>
          db.withTenant(tenantId, (tx) =>
            listTickets(tx, tenantId, { ...page, contactId: query.contact_id, status: query.status }),
          ),
        ),
    }),
    route({
      method: 'post',
      path: '/api/v1/tickets',
      tag: 'tickets',
      summary: "Open a ticket about a contact's problem",
      scope: 'contacts.manage',
      body: createBody,
      response: { status: 201, description: 'The ticket', body: ticketSchema },
      handler: async ({ caller: { tenantId, userId }, body }) => {
        const { contact_id: contactId, conversation_id: conversationId = null, ...rest } = body;
        const actor = { by: 'user', user_id: userId } as const;
        const ticket = { ...rest, contactId, conversationId, actor };
        return present(await db.withTenant(tenantId, (tx) => createTicket(tx, tenantId, ticket)));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/tickets/{id}',
      tag: 'tickets',
      summary: 'Read a ticket',
      scope: 'contacts.view',
      params: idParams,
      response: { status: 200, description: 'The ticket', body: ticketSchema },
      handler: async ({ caller: { tenantId }, params }) =>
        present(await db.withTenant(tenantId, (tx) => getTicket(tx, tenantId, { ticketId: params.id }))),
    }),
    route({
      method: 'patch',
      path: '/api/v1/tickets/{id}',
      tag: 'tickets',
      summary: 'Change a ticket; a closed one does not change any more',
      scope: 'contacts.manage',
      params: idParams,
      body: updateBody,
      response: { status: 200, description: 'The ticket', body: ticketSchema },
      handler: async ({ caller: { tenantId, userId }, params, body: { version, ...given } }) => {
        const actor = { by: 'user', user_id: userId } as const;
        const change = { ticketId: params.id, version, changes: given, actor };
        return present(await db.withTenant(tenantId, (tx) => updateTicket(tx, tenantId, change)));
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/tickets/{id}/escalate',
      tag: 'tickets',
      summary: 'Give a ticket to a supervisor or to engineering',
      scope: 'contacts.manage',
      params: idParams,
      body: escalateBody,
      response: { status: 200, description: 'The ticket', body: ticketSchema },
      handler: async ({ caller: { tenantId, userId }, params, body }) => {
        const actor = { by: 'user', user_id: userId } as const;
        const escalation = { ...body, ticketId: params.id, actor };
        return present(await db.withTenant(tenantId, (tx) => escalateTicket(tx, tenantId, escalation)));
      },
    }),
  ];
}
