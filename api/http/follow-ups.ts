import {
  cancelFollowUp,
  changeFollowUp,
  FOLLOW_UP_STATUSES,
  getFollowUp,
  listFollowUps,
  scheduleFollowUp,
} from '../../core/crm/follow-ups/follow-ups';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const followUpSchema = z
  .object({
    id: uuid(),
    contact_id: uuid(),
    channel_id: uuid(),
    text: z.string(),
    scheduled_at: timestamp(),
    status: z.string().openapi({ enum: [...FOLLOW_UP_STATUSES] }),
    reason: z.string().nullable().openapi({ description: 'Why it was skipped or failed' }),
    message_id: uuid().nullable(),
    version: z.number().int(),
    created_at: timestamp(),
    updated_at: timestamp(),
  })
  .openapi('FollowUp');

const text = () => z.string().trim().min(1).max(4096);
const createBody = z
  .object({ contact_id: uuid(), channel_id: uuid(), text: text(), scheduled_at: timestamp() })
  .strict()
  .openapi('NewFollowUp');
const updateBody = z
  .object({ text: text().optional(), scheduled_at: timestamp().optional(), version: z.number().int().min(1) })
  .strict()
  .openapi('FollowUpChange');
const listQuery = pageQuery.extend({ contact_id: uuid().optional(), status: z.enum(FOLLOW_UP_STATUSES).optional() });

export function followUpRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/follow-ups',
      tag: 'follow-ups',
      summary: 'List follow-ups, newest first',
      scope: 'messages.view',
      query: listQuery,
      response: { status: 200, description: 'A page of follow-ups', body: pageOf(followUpSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'follow-ups' }, query, (page) =>
          db.withTenant(tenantId, (tx) =>
            listFollowUps(tx, tenantId, { ...page, contactId: query.contact_id, status: query.status }),
          ),
        ),
    }),
    route({
      method: 'post',
      path: '/api/v1/follow-ups',
      tag: 'follow-ups',
      summary: 'Schedule a message to a contact',
      description:
        'It is sent at its time, unless the contact has asked for a person since, has the tag `opt_out`, or was deleted.',
      scope: 'messages.send',
      body: createBody,
      response: { status: 201, description: 'The follow-up', body: followUpSchema },
      handler: async ({ caller: { tenantId, userId }, body }) => {
        const followUp = {
          contactId: body.contact_id,
          channelId: body.channel_id,
          text: body.text,
          scheduledAt: new Date(body.scheduled_at),
          actor: { by: 'user', user_id: userId } as const,
        };
        return present(await db.withTenant(tenantId, (tx) => scheduleFollowUp(tx, tenantId, followUp)));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/follow-ups/{id}',
      tag: 'follow-ups',
      summary: 'Read a follow-up',
      scope: 'messages.view',
      params: idParams,
      response: { status: 200, description: 'The follow-up', body: followUpSchema },
      handler: async ({ caller: { tenantId }, params }) =>
        present(await db.withTenant(tenantId, (tx) => getFollowUp(tx, tenantId, params.id))),
    }),
    route({
      method: 'patch',
      path: '/api/v1/follow-ups/{id}',
      tag: 'follow-ups',
      summary: 'Reschedule a follow-up or change its text',
      scope: 'messages.send',
      params: idParams,
      body: updateBody,
      response: { status: 200, description: 'The follow-up', body: followUpSchema },
      handler: async ({ caller: { tenantId, userId }, params, body }) => {
        const changes = {
          ...(body.text === undefined ? {} : { text: body.text }),
          ...(body.scheduled_at === undefined ? {} : { scheduledAt: new Date(body.scheduled_at) }),
        };
        const actor = { by: 'user', user_id: userId } as const;
        const change = { followUpId: params.id, version: body.version, changes, actor };
        return present(await db.withTenant(tenantId, (tx) => changeFollowUp(tx, tenantId, change)));
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/follow-ups/{id}/cancel',
      tag: 'follow-ups',
      summary: 'Cancel a follow-up',
      scope: 'messages.send',
      params: idParams,
      response: { status: 200, description: 'The follow-up', body: followUpSchema },
      handler: async ({ caller: { tenantId, userId }, params }) => {
        const actor = { by: 'user', user_id: userId } as const;
        const cancelled = { followUpId: params.id, actor };
        return present(await db.withTenant(tenantId, (tx) => cancelFollowUp(tx, tenantId, cancelled)));
      },
    }),
  ];
}
