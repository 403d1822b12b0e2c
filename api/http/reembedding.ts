import { latestReembedding, requestReembedding } from '../../core/memory/reembedding/request';
import type { Reembedding } from '../../core/memory/reembedding/types';
import { reembeddingWorkflowId } from '../../workflows/reembedding/ids';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { timestamp, uuid, z } from './zod';

const reembeddingSchema = z
  .object({
    id: uuid(),
    status: z.enum(['queued', 'running', 'cleaning', 'completed', 'failed', 'cancelled']).openapi({
      description:
        '`running`: searches compare the old vectors; `cleaning`: the new ones. `cancelled`: another model took its place',
    }),
    from_provider: z.string(),
    from_model: z.string(),
    to_provider: z.string(),
    to_model: z.string(),
    documents_total: z.number().int().openapi({ description: 'Vectors of the old model when it began' }),
    documents_done: z.number().int(),
    error_code: z.string().nullable(),
    created_at: timestamp(),
    started_at: timestamp().nullable(),
    switched_at: timestamp().nullable(),
    finished_at: timestamp().nullable(),
    workflow_id: z.string(),
  })
  .openapi('Reembedding');

export function reembeddingRoutes({ db, embeddingModel }: EdgeDeps): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/v1/memory/reembedding',
      tag: 'memory',
      summary: 'Make all vectors again with the configured model',
      description:
        'Workers ask for it by themselves when they start with another model than that of the vectors there are; this asks again after a ' +
        'failure. Searches go on with the old vectors until all new ones are there.',
      scope: 'memory.manage',
      response: { status: 202, description: 'Accepted, or under way already', body: reembeddingSchema },
      async handler({ caller: { tenantId } }) {
        return shown(tenantId, await db.withTenant(tenantId, (tx) => requestReembedding(tx, tenantId, embeddingModel)));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/memory/reembedding',
      tag: 'memory',
      summary: 'How far the latest one is',
      scope: 'memory.view',
      response: { status: 200, description: 'The latest one', body: reembeddingSchema },
      async handler({ caller: { tenantId } }) {
        return shown(tenantId, await db.withTenant(tenantId, (tx) => latestReembedding(tx, tenantId)));
      },
    }),
  ];
}

function shown(tenantId: string, reembedding: Reembedding) {
  return {
    ...present(reembedding),
    workflow_id: reembeddingWorkflowId({ tenantId, reembeddingId: reembedding.id }),
  };
}
