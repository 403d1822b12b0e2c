import { changeStage } from '../../core/crm/contact-stages';
import {
  createPipeline,
  getPipeline,
  listPipelines,
  listStatuses,
  updatePipeline,
  type Pipeline as Row,
  type PipelineStatus as StatusRow,
} from '../../core/crm/pipelines';
import { withinDeadline } from '../../core/memory';
import { z } from 'zod';
import { newPipelineBody, pipelineChangeBody, toPipelineFields } from '../http/pipelines';
import type { CrmServiceDeps } from './crm-service';
import type { CrmServiceServer, Pipeline, PipelineFields } from './generated/ventros/crm/v1/crm';
import { id, readRequest } from './requests';
import { DATABASE_LIMIT_MS } from './serve';
import { unary } from './unary';
import { maskedFields } from './update-mask';
import { given } from './wire-values';

type PipelineMethods = Pick<
  CrmServiceServer,
  'createPipeline' | 'getPipeline' | 'listPipelines' | 'updatePipeline' | 'changePipelineStatus'
>;

const getRequest = z.object({ pipeline_id: id });
const updateRequest = z.object({
  pipeline_id: id,
  version: z.int().min(1),
  fields: pipelineChangeBody.omit({ version: true }),
});
const changeRequest = z.object({
  contact_id: id,
  pipeline_id: id,
  status_id: id,
  reason: z.string().trim().max(500),
});

/** The methods of CrmService about pipelines: the fields and limits of the REST routes. */
export function pipelineMethods(deps: CrmServiceDeps): PipelineMethods {
  const { db, paging } = deps;
  return {
    createPipeline: unary(deps, {
      scope: 'pipelines.manage',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle({ name, description, color, position }, { tenantId, deadline }) {
        const input = readRequest(newPipelineBody, {
          name,
          position,
          ...(description ? { description } : {}),
          ...(color ? { color } : {}),
        });
        const pipeline = await withinDeadline(db, tenantId, deadline, (tx) =>
          createPipeline(tx, tenantId, { ...toPipelineFields(input), name: input.name }),
        );
        return { pipeline: presentPipeline(pipeline) };
      },
    }),

    getPipeline: unary(deps, {
      scope: 'pipelines.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle({ pipelineId }, { tenantId, deadline }) {
        const input = readRequest(getRequest, { pipeline_id: pipelineId });
        return withinDeadline(db, tenantId, deadline, async (tx) => {
          const pipeline = await getPipeline(tx, tenantId, input.pipeline_id);
          return { pipeline: presentPipeline(pipeline, await listStatuses(tx, tenantId, pipeline.id)) };
        });
      },
    }),

    listPipelines: unary(deps, {
      scope: 'pipelines.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const { items, nextPageToken } = await paging.load({ tenantId, list: 'pipelines' }, request, (page) =>
          withinDeadline(db, tenantId, deadline, (tx) => listPipelines(tx, tenantId, page)),
        );
        return { pipelines: items.map((pipeline) => presentPipeline(pipeline)), nextPageToken };
      },
    }),

    updatePipeline: unary(deps, {
      scope: 'pipelines.manage',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle({ pipelineId, version, fields = NO_FIELDS, updateMask }, { tenantId, deadline }) {
        const input = readRequest(updateRequest, {
          pipeline_id: pipelineId,
          version,
          fields: maskedFields(updateMask, nullable(fields)),
        });
        const change = { pipelineId: input.pipeline_id, version, changes: toPipelineFields(input.fields) };
        const pipeline = await withinDeadline(db, tenantId, deadline, (tx) => updatePipeline(tx, tenantId, change));
        return { pipeline: presentPipeline(pipeline) };
      },
    }),

    changePipelineStatus: unary(deps, {
      scope: 'contacts.manage',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, userId, deadline }) {
        const input = readRequest(changeRequest, {
          contact_id: request.contactId,
          pipeline_id: request.pipelineId,
          status_id: request.statusId,
          reason: request.reason,
        });
        const stage = await withinDeadline(db, tenantId, deadline, (tx) =>
          changeStage(tx, tenantId, {
            contactId: input.contact_id,
            pipelineId: input.pipeline_id,
            statusId: input.status_id,
            reason: given(input.reason) ?? null,
            notes: null,
            actor: { by: 'user', user_id: userId },
          }),
        );
        return { ...stage, reason: stage.reason ?? '' };
      },
    }),
  };
}

const NO_FIELDS: PipelineFields = {
  name: '',
  description: '',
  color: '',
  position: 0,
  isActive: false,
  sessionTimeoutMinutes: 0,
};

/** By the names of the wire, with null where what may be missing is empty. */
function nullable(fields: PipelineFields): Record<string, unknown> {
  return {
    name: fields.name,
    description: fields.description || null,
    color: fields.color,
    position: fields.position,
    is_active: fields.isActive,
    session_timeout_minutes: fields.sessionTimeoutMinutes || null,
  };
}

function presentPipeline(row: Row, statuses: StatusRow[] = []): Pipeline {
  const { id: pipelineId, version, createdAt, updatedAt, name, color, position, isActive } = row;
  return {
    pipelineId,
    fields: {
      ...{ name, color, position, isActive },
      description: row.description ?? '',
      sessionTimeoutMinutes: row.sessionTimeoutMinutes ?? 0,
    },
    ...{ version, createdAt, updatedAt },
    statuses: statuses.map(({ id: statusId, ...status }) => ({ ...status, statusId })),
  };
}
