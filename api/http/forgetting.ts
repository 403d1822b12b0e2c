import { AppError } from '../../core/errors';
import { getErasure, requestErasure, type Erasure } from '../../core/memory/forgetting/erasures';
import { exportContact } from '../../core/memory/forgetting/export-contact';
import { getRetention, setRetention } from '../../core/memory/forgetting/retention';
import { ERASURE_SCOPES } from '../../core/memory/forgetting/types';
import { forgettingWorkflowId } from '../../workflows/forgetting/ids';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { streamAnswer } from './stream-answer';
import { idParams, timestamp, uuid, z } from './zod';

const erasureSchema = z
  .object({
    id: uuid(),
    contact_id: uuid(),
    scope: z.enum(ERASURE_SCOPES),
    status: z.enum(['queued', 'running', 'completed', 'failed']),
    removed: z.record(z.string(), z.number().int()).openapi({
      description: 'How many rows, files and workflow histories were removed or emptied, by kind',
      example: { embeddings: 31, facts: 4, media: 2, files: 2, index_entries: 28, workflow_histories: 12 },
    }),
    error_code: z.string().nullable(),
    created_at: timestamp(),
    started_at: timestamp().nullable(),
    finished_at: timestamp().nullable(),
    workflow_id: z.string(),
  })
  .openapi('MemoryErasure');

const days = (what: string) =>
  z
    .number()
    .int()
    .min(1)
    .max(36_500)
    .nullable()
    .openapi({ description: `${what} Days; null keeps them for ever` });
const retentionSchema = z
  .object({
    memory_days: days('What was derived from messages (vectors, facts, readings) and their media.'),
    messages_days: days('The texts of messages.'),
  })
  .strict()
  .openapi('Retention');

export function forgettingRoutes({ db }: EdgeDeps): Route[] {
  return [
    route({
      method: 'delete',
      path: '/api/v1/contacts/{id}/memory',
      tag: 'memory',
      summary: 'Forget a contact',
      description:
        'Removes embeddings, facts, the search index, what media were read to be, the media themselves, what turns and tools ' +
        'were given, and the histories of its workflows. `everything` also empties messages and deletes notes and the timeline. ' +
        'What remains are ids, times, counts and amounts. It cannot be undone; messages that come later are remembered again.',
      scope: 'memory.manage',
      params: idParams,
      query: z.object({ scope: z.enum(ERASURE_SCOPES).default('memory') }).strict(),
      response: { status: 202, description: 'Accepted; follow it by its id', body: erasureSchema },
      async handler({ caller: { tenantId, keyId }, params, query }) {
        const asked = await db.withTenant(tenantId, (tx) =>
          requestErasure(tx, tenantId, { contactId: params.id, scope: query.scope, apiKeyId: keyId }),
        );
        return shown(tenantId, asked);
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/contacts/{id}/memory/erasures/{erasure_id}',
      tag: 'memory',
      summary: 'How far the forgetting of a contact is, and what it removed',
      scope: 'memory.view',
      params: idParams.extend({ erasure_id: uuid() }),
      response: { status: 200, description: 'The erasure', body: erasureSchema },
      async handler({ caller: { tenantId }, params }) {
        const found = await db.withTenant(tenantId, (tx) => getErasure(tx, tenantId, params.erasure_id));
        if (found.contactId !== params.id) throw new AppError('NOT_FOUND', 'There is no such erasure of this contact');
        return shown(tenantId, found);
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/contacts/{id}/export',
      tag: 'contacts',
      summary: 'Everything known about a contact',
      description:
        'One JSON document, streamed: `exported_at`, `contact`, and a list of rows for each table that says something about it ' +
        '(messages, readings of media, facts with their history, notes, timeline, decisions, costs and more).',
      scope: 'contacts.export',
      params: idParams,
      response: { status: 200, description: 'The document', body: null, streams: 'application/json' },
      async handler({ caller: { tenantId }, params, response }) {
        const fileName = `contact-${params.id}.json`;
        const pieces = exportContact(db, { tenantId, contactId: params.id });
        await streamAnswer(response, pieces, { type: 'application/json', fileName });
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/memory/retention',
      tag: 'memory',
      summary: 'How long things are kept',
      scope: 'settings.view',
      response: { status: 200, description: 'The settings', body: retentionSchema },
      async handler({ caller: { tenantId } }) {
        return present(await db.withTenant(tenantId, (tx) => getRetention(tx, tenantId)));
      },
    }),
    route({
      method: 'put',
      path: '/api/v1/memory/retention',
      tag: 'memory',
      summary: 'Set how long things are kept',
      description: 'What is older is removed within the hour, and cannot be brought back.',
      scope: 'settings.manage',
      body: retentionSchema,
      response: { status: 200, description: 'The settings', body: retentionSchema },
      async handler({ caller: { tenantId }, body }) {
        return present(
          await db.withTenant(tenantId, (tx) =>
            setRetention(tx, tenantId, { memoryDays: body.memory_days, messagesDays: body.messages_days }),
          ),
        );
      },
    }),
  ];
}

function shown(tenantId: string, { apiKeyId: _key, ...row }: Erasure) {
  return { ...present(row), workflow_id: forgettingWorkflowId({ tenantId, erasureId: row.id }) };
}
