import { DEFAULT_SIMILAR, MOST_SIMILAR, SHARED_KINDS, similarContacts } from '../../core/crm/similar-contacts';
import { attribution, replyThread, transferChain } from '../../core/memory/graph/queries';
import { latestProjection, requestProjection } from '../../core/memory/graph/projection/request';
import type { Projection } from '../../core/memory/graph/projection/types';
import { graphProjectionWorkflowId } from '../../workflows/graph-projection/ids';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, timestamp, uuid, z } from './zod';

const similarSchema = z
  .object({
    id: uuid(),
    name: z.string(),
    score: z.number().openapi({ description: 'For order only: more is more alike' }),
    shared: z.array(
      z.object({
        kind: z.enum(SHARED_KINDS),
        names: z.array(z.string()).openapi({ description: 'The rarest twenty' }),
        count: z.number().int(),
      }),
    ),
  })
  .openapi('SimilarContact');

const transferSchema = z
  .object({
    from_id: uuid(),
    from_name: z.string().nullable(),
    to_id: uuid(),
    to_name: z
      .string()
      .nullable()
      .openapi({ description: 'A person; `ai` and `waiting` are the agents and the queue' }),
    handler: z.enum(['ai', 'waiting', 'human']),
    transferred_at: timestamp(),
  })
  .openapi('Transfer');

const threadMessageSchema = z
  .object({
    message_id: uuid(),
    reply_to_id: uuid().nullable(),
    depth: z.number().int().openapi({ description: '0 for the message that the thread began with' }),
    from_me: z.boolean(),
    content_type: z.string(),
    text: z.string().nullable(),
    sent_at: timestamp(),
  })
  .openapi('ThreadMessage');

const touchSchema = z
  .object({
    ad_id: uuid(),
    name: z.string(),
    message_id: uuid(),
    came_at: timestamp(),
    source: z.string().nullable(),
    app: z.string().nullable(),
    external_ad_id: z.string().nullable(),
    click_id: z.string().nullable(),
  })
  .openapi('AttributionTouch');

const attributionSchema = z
  .object({
    first: touchSchema.nullable(),
    last: touchSchema.nullable(),
    touches: z.array(touchSchema).openapi({ description: 'Oldest first, the first hundred' }),
  })
  .openapi('Attribution');

const projectionSchema = z
  .object({
    id: uuid(),
    status: z.enum(['queued', 'running', 'completed', 'failed']),
    vertices_done: z.number().int(),
    edges_done: z.number().int(),
    removed: z.number().int().openapi({ description: 'Of an earlier copy, and not in the graph any more' }),
    error_code: z.string().nullable(),
    created_at: timestamp(),
    started_at: timestamp().nullable(),
    finished_at: timestamp().nullable(),
    workflow_id: z.string(),
  })
  .openapi('GraphProjection');

/** What the graph of memory answers beside searches. */
export function graphRoutes({ db }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/contacts/{id}/similar',
      tag: 'contacts',
      summary: 'Contacts that share the most with this one, and what they share',
      description: 'Campaigns, lists, stages, tags, topics and names; what few contacts have counts more.',
      scope: 'contacts.view',
      params: idParams,
      query: z.object({ limit: z.coerce.number().int().min(1).max(MOST_SIMILAR).default(DEFAULT_SIMILAR) }),
      response: { status: 200, description: 'Best first', body: z.object({ data: z.array(similarSchema) }) },
      async handler({ caller: { tenantId }, params, query }) {
        const found = await db.withTenant(tenantId, (tx) =>
          similarContacts(tx, tenantId, { contactId: params.id, limit: query.limit }),
        );
        return { data: found.map(present) };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/contacts/{id}/attribution',
      tag: 'contacts',
      summary: 'Which advertisements led the contact here',
      scope: 'contacts.view',
      params: idParams,
      response: { status: 200, description: 'First, last and all', body: attributionSchema },
      async handler({ caller: { tenantId }, params }) {
        const { first, last, touches } = await db.withTenant(tenantId, (tx) => attribution(tx, tenantId, params.id));
        return { first: first && present(first), last: last && present(last), touches: touches.map(present) };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/conversations/{id}/transfers',
      tag: 'conversations',
      summary: 'Who answered after whom',
      description: 'The agents of AI (`ai`) and the queue (`waiting`) are among them. Oldest first, the first 500.',
      scope: 'sessions.view',
      params: idParams,
      response: { status: 200, description: 'The chain', body: z.object({ data: z.array(transferSchema) }) },
      async handler({ caller: { tenantId }, params }) {
        const chain = await db.withTenant(tenantId, (tx) => transferChain(tx, tenantId, params.id));
        return { data: chain.map(present) };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/messages/{id}/thread',
      tag: 'messages',
      summary: 'What a message answers, and what answers that',
      description: 'From the message that the thread began with; up to 50 steps each way and 500 messages.',
      scope: 'messages.view',
      params: idParams,
      response: { status: 200, description: 'The thread', body: z.object({ data: z.array(threadMessageSchema) }) },
      async handler({ caller: { tenantId }, params }) {
        const thread = await db.withTenant(tenantId, (tx) => replyThread(tx, tenantId, params.id));
        return { data: thread.map(present) };
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/memory/graph/projection',
      tag: 'memory',
      summary: 'Copy the graph to Apache AGE',
      description:
        'All of it, and what is gone from the graph goes from `ventros_graph`. Searches do not read the copy. `GRAPH_EXTENSION_MISSING` ' +
        'where the database has no Apache AGE.',
      scope: 'memory.manage',
      response: { status: 202, description: 'Accepted, or under way already', body: projectionSchema },
      async handler({ caller: { tenantId } }) {
        return shown(tenantId, await db.withTenant(tenantId, (tx) => requestProjection(tx, tenantId)));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/memory/graph/projection',
      tag: 'memory',
      summary: 'How far the latest copy of the graph is',
      scope: 'memory.view',
      response: { status: 200, description: 'The latest one', body: projectionSchema },
      async handler({ caller: { tenantId } }) {
        return shown(tenantId, await db.withTenant(tenantId, (tx) => latestProjection(tx, tenantId)));
      },
    }),
  ];
}

function shown(tenantId: string, projection: Projection) {
  return {
    ...present(projection),
    workflow_id: graphProjectionWorkflowId({ tenantId, projectionId: projection.id }),
  };
}
