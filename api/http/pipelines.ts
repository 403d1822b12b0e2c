import { changeStage, stageIn, statusCounts } from '../../core/crm/contact-stages';
import {
  addStatus,
  createPipeline,
  getPipeline,
  listPipelines,
  listStatuses,
  removeStatus,
  updatePipeline,
} from '../../core/crm/pipelines';
import { STATUS_TYPES } from '../../core/crm/types';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const color = () => z.string().regex(/^#[0-9a-fA-F]{6}$/);

const pipelineSchema = z
  .object({
    id: uuid(),
    name: z.string(),
    description: z.string().nullable(),
    color: z.string(),
    position: z.number().int(),
    is_active: z.boolean(),
    session_timeout_minutes: z.number().int().nullable(),
    version: z.number().int(),
    created_at: timestamp(),
    updated_at: timestamp(),
  })
  .openapi('Pipeline');

const statusSchema = z
  .object({
    id: uuid(),
    pipeline_id: uuid(),
    name: z.string(),
    type: z.enum(STATUS_TYPES),
    color: z.string(),
    position: z.number().int(),
    is_active: z.boolean(),
    version: z.number().int(),
  })
  .openapi('PipelineStatus');

const countedSchema = z
  .object({
    pipeline_id: uuid(),
    status_id: uuid(),
    name: z.string(),
    type: z.enum(STATUS_TYPES),
    position: z.number().int(),
    contacts: z.number().int(),
  })
  .openapi('StatusCount');

export const stageSchema = z
  .object({
    pipeline_id: uuid(),
    pipeline_name: z.string(),
    status_id: uuid(),
    status_name: z.string(),
    status_type: z.enum(STATUS_TYPES),
    entered_at: timestamp(),
    reason: z.string().nullable(),
  })
  .openapi('ContactStage');

const fields = {
  name: z.string().trim().min(1).max(200),
  description: z.string().max(2000).nullable(),
  color: color(),
  position: z.number().int().min(0).max(1000),
  is_active: z.boolean(),
  session_timeout_minutes: z.number().int().min(1).max(1440).nullable(),
};
const changes = z.object(fields).partial().strict();
export const newPipelineBody = changes.required({ name: true }).openapi('NewPipeline');
export const pipelineChangeBody = changes.extend({ version: z.number().int().min(1) }).openapi('PipelineChange');
const statusBody = z
  .object({
    name: z.string().trim().min(1).max(200),
    status_type: z.enum(STATUS_TYPES),
    color: color().optional(),
    position: z.number().int().min(0).max(1000).optional(),
  })
  .strict()
  .openapi('NewPipelineStatus');
const stageBody = z
  .object({
    status_id: uuid(),
    reason: z.string().trim().max(500).optional(),
    notes: z.string().trim().max(2000).optional(),
  })
  .strict()
  .openapi('StageChange');

const statusParams = z.object({ id: uuid(), status_id: uuid() });
const contactParams = z.object({ id: uuid(), contact_id: uuid() });
const stageParams = z.object({ id: uuid(), pipeline_id: uuid() });

export function pipelineRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/pipelines',
      tag: 'pipelines',
      summary: 'List pipelines, newest first',
      scope: 'pipelines.view',
      query: pageQuery,
      response: { status: 200, description: 'A page of pipelines', body: pageOf(pipelineSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'pipelines' }, query, (page) =>
          db.withTenant(tenantId, (tx) => listPipelines(tx, tenantId, page)),
        ),
    }),
    route({
      method: 'post',
      path: '/api/v1/pipelines',
      tag: 'pipelines',
      summary: 'Create a pipeline',
      scope: 'pipelines.manage',
      body: newPipelineBody,
      response: { status: 201, description: 'The pipeline', body: pipelineSchema },
      handler: async ({ caller: { tenantId }, body }) =>
        present(
          await db.withTenant(tenantId, (tx) =>
            createPipeline(tx, tenantId, { ...toPipelineFields(body), name: body.name }),
          ),
        ),
    }),
    route({
      method: 'get',
      path: '/api/v1/pipelines/{id}',
      tag: 'pipelines',
      summary: 'Read a pipeline',
      scope: 'pipelines.view',
      params: idParams,
      response: { status: 200, description: 'The pipeline', body: pipelineSchema },
      handler: async ({ caller: { tenantId }, params }) =>
        present(await db.withTenant(tenantId, (tx) => getPipeline(tx, tenantId, params.id))),
    }),
    route({
      method: 'patch',
      path: '/api/v1/pipelines/{id}',
      tag: 'pipelines',
      summary: 'Change a pipeline',
      description: 'Refused with OPTIMISTIC_LOCK_CONFLICT if somebody changed it since `version`.',
      scope: 'pipelines.manage',
      params: idParams,
      body: pipelineChangeBody,
      response: { status: 200, description: 'The pipeline', body: pipelineSchema },
      handler: async ({ caller: { tenantId }, params, body: { version, ...body } }) => {
        const change = { pipelineId: params.id, version, changes: toPipelineFields(body) };
        return present(await db.withTenant(tenantId, (tx) => updatePipeline(tx, tenantId, change)));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/pipelines/{id}/statuses',
      tag: 'pipelines',
      summary: 'The statuses of a pipeline, in their order',
      scope: 'pipelines.view',
      params: idParams,
      response: { status: 200, description: 'The statuses', body: z.object({ data: z.array(statusSchema) }) },
      handler: async ({ caller: { tenantId }, params }) => ({
        data: (await db.withTenant(tenantId, (tx) => listStatuses(tx, tenantId, params.id))).map(presentStatus),
      }),
    }),
    route({
      method: 'post',
      path: '/api/v1/pipelines/{id}/statuses',
      tag: 'pipelines',
      summary: 'Add a status to a pipeline',
      scope: 'pipelines.manage',
      params: idParams,
      body: statusBody,
      response: { status: 201, description: 'The status', body: statusSchema },
      handler: async ({ caller: { tenantId }, params, body: { status_type: type, ...body } }) =>
        presentStatus(
          await db.withTenant(tenantId, (tx) => addStatus(tx, tenantId, { ...body, type, pipelineId: params.id })),
        ),
    }),
    route({
      method: 'delete',
      path: '/api/v1/pipelines/{id}/statuses/{status_id}',
      tag: 'pipelines',
      summary: 'Remove a status in which no contact is',
      scope: 'pipelines.manage',
      params: statusParams,
      response: { status: 204, description: 'Removed', body: null },
      handler: ({ caller: { tenantId }, params }) =>
        db.withTenant(tenantId, (tx) =>
          removeStatus(tx, tenantId, { pipelineId: params.id, statusId: params.status_id }),
        ),
    }),
    route({
      method: 'get',
      path: '/api/v1/pipelines/{id}/counts',
      tag: 'pipelines',
      summary: 'How many contacts are in each status',
      scope: 'pipelines.view',
      params: idParams,
      response: { status: 200, description: 'The counts', body: z.object({ data: z.array(countedSchema) }) },
      handler: async ({ caller: { tenantId }, params }) => {
        const counts = await db.withTenant(tenantId, async (tx) => {
          await getPipeline(tx, tenantId, params.id);
          return statusCounts(tx, tenantId);
        });
        const own = counts.filter(({ pipelineId }) => pipelineId === params.id);
        return { data: own.map((count) => countedSchema.parse(present(count))) };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/pipelines/{id}/contacts/{contact_id}/status',
      tag: 'pipelines',
      summary: 'Where a contact is in a pipeline',
      scope: 'pipelines.view',
      params: contactParams,
      response: { status: 200, description: 'The stage', body: stageSchema },
      handler: async ({ caller: { tenantId }, params }) => {
        const of = { contactId: params.contact_id, pipelineId: params.id };
        return presentStage(await db.withTenant(tenantId, (tx) => stageIn(tx, tenantId, of)));
      },
    }),
    route({
      method: 'put',
      path: '/api/v1/contacts/{id}/pipelines/{pipeline_id}/status',
      tag: 'pipelines',
      summary: 'Move a contact into a status of a pipeline',
      scope: 'contacts.manage',
      params: stageParams,
      body: stageBody,
      response: { status: 200, description: 'The stage', body: stageSchema },
      handler: async ({ caller: { tenantId, userId }, params, body }) => {
        const change = {
          contactId: params.id,
          pipelineId: params.pipeline_id,
          statusId: body.status_id,
          reason: body.reason ?? null,
          notes: body.notes ?? null,
          actor: { by: 'user', user_id: userId } as const,
        };
        return presentStage(await db.withTenant(tenantId, (tx) => changeStage(tx, tenantId, change)));
      },
    }),
  ];
}

/** The API's names to ours. */
export function toPipelineFields({ is_active, session_timeout_minutes, ...same }: z.output<typeof changes>) {
  return {
    ...same,
    ...(is_active === undefined ? {} : { isActive: is_active }),
    ...(session_timeout_minutes === undefined ? {} : { sessionTimeoutMinutes: session_timeout_minutes }),
  };
}

const presentStatus = (status: object) => statusSchema.parse(present(status));
const presentStage = (stage: object) => stageSchema.parse(present(stage));
