import { placeFaults } from '../../core/enrichment/check-chain';
import { endBatch, getBatch, openBatch, type ReplayBatch } from '../../core/agents/replay/batch';
import { failReplay } from '../../core/agents/replay/finish';
import { getReplay, listReplays, openReplay, type TurnReplay } from '../../core/agents/replay/request';
import type { ReplayChanges } from '../../core/agents/replay/types';
import { AppError, isAppError } from '../../core/errors';
import { dayReplayWorkflowId } from '../../workflows/day-replay/ids';
import { turnReplayWorkflowId } from '../../workflows/turn-replay/ids';
import { closedSignal } from './closed-signal';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

/** Longer ones end behind the answer, and are looked up by their id. */
const WAIT_MS = 60_000;
const MAX_PROMPT = 20_000;

const changeFields = {
  prompt: z
    .string()
    .trim()
    .min(1)
    .max(MAX_PROMPT)
    .optional()
    .openapi({ description: "Instead of the agent's instructions" }),
  model: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .openapi({ description: 'Instead of its language models: `openai` or `openai/gpt-…`' }),
  agent_version_id: uuid().nullable().optional().openapi({
    description: 'Of any agent, which answers then with its own tools; null: the profile that comes with the product',
  }),
};
const replayBody = z.strictObject(changeFields).openapi('TurnReplayRequest');
const batchBody = z
  .strictObject({
    ...changeFields,
    day: z.iso.date().openapi({ description: "In the project's time" }),
    agent_id: uuid().optional().openapi({ description: 'Only turns that this agent answered' }),
  })
  .openapi('DayReplayRequest');
const changesSchema = z.object(changeFields);

const sideSchema = z
  .object({
    outcome: z.string().nullable(),
    outcome_reason: z.string().nullable(),
    reply: z.string().nullable(),
    agent: z.string(),
    agent_version_id: uuid().nullable(),
    model: z.string().nullable(),
    tools: z.array(
      z.object({
        tool: z.string(),
        arguments: z.unknown(),
        status: z.string(),
        rule: z.string().nullable(),
        source: z.enum(['record', 'read', 'dry_run']).nullable().openapi({
          description:
            'Where its output comes from: the record of the turn, a reading of today, a write that was undone',
        }),
      }),
    ),
    cost_micros: z.number().int().openapi({ description: 'Of the model calls of the answer' }),
  })
  .openapi('TurnSide');

const replaySchema = z
  .object({
    id: uuid(),
    decision_record_id: uuid(),
    batch_id: uuid().nullable(),
    changes: changesSchema,
    status: z.enum(['running', 'completed', 'failed']),
    error_code: z.string().nullable(),
    before: sideSchema.nullable(),
    after: sideSchema.nullable(),
    difference: z
      .object({
        outcome: z.boolean(),
        reply: z.boolean(),
        tools_added: z.array(z.string()),
        tools_missing: z.array(z.string()),
        cost_micros: z.number().int().openapi({ description: 'After less before' }),
      })
      .nullable(),
    workflow_id: z.string(),
    created_at: timestamp(),
    finished_at: timestamp().nullable(),
  })
  .openapi('TurnReplay');

const batchSchema = z
  .object({
    id: uuid(),
    day: z.iso.date(),
    agent_id: uuid().nullable(),
    changes: changesSchema,
    status: z.enum(['running', 'completed', 'failed']),
    error_code: z.string().nullable().openapi({ description: 'Why the rest of the day was not replayed' }),
    turns: z.number().int().openapi({ description: 'Of the day, as far as what they read is still there' }),
    replayed: z.number().int(),
    failed: z.number().int(),
    changed: z.number().int().openapi({ description: 'Of the replayed: outcome, reply or tools are different' }),
    cost_difference_micros: z.number().int().openapi({ description: 'Of the replayed: after less before' }),
    workflow_id: z.string(),
    created_at: timestamp(),
    finished_at: timestamp().nullable(),
  })
  .openapi('DayReplay');

type ChangeBody = z.output<typeof replayBody>;

export function replayRoutes({ db, workflows, paging, config, prices }: EdgeDeps): Route[] {
  function changesOf({ prompt, model, agent_version_id: agentVersionId }: ChangeBody): ReplayChanges {
    const chain = model === undefined ? [] : [model];
    const [fault] = placeFaults({ config, prices }, { kind: 'language', field: 'model', chain });
    if (fault) {
      const fields = [{ ...fault, field: 'model' }];
      throw new AppError('VALIDATION_ERROR', `model: ${fault.message}`, { fields });
    }
    return {
      ...(prompt === undefined ? {} : { instructions: prompt }),
      ...(model === undefined ? {} : { modelChain: chain }),
      ...(agentVersionId === undefined ? {} : { agentVersionId }),
    };
  }

  return [
    route({
      method: 'post',
      path: '/api/v1/decision-records/{id}/replay',
      tag: 'decision records',
      summary: 'Run a past turn again with another prompt, model or agent version',
      description:
        'Nothing is sent, remembered or changed: calls that the turn made are answered from its record, others read or are ' +
        'undone. The models are paid for through the ledger. The answer is what is different.',
      scope: 'audit.manage',
      params: idParams,
      body: replayBody,
      response: {
        status: 200,
        description: 'The replay with what is different',
        body: replaySchema,
        alsoStatuses: { 202: 'It is not finished yet and goes on; look at it by its id' },
      },
      async handler({ caller: { tenantId }, params, body, response }) {
        const changes = changesOf(body);
        const { id: replayId } = await db.withTenant(tenantId, (tx) =>
          openReplay(tx, tenantId, { recordId: params.id, changes }),
        );
        const ref = { tenantId, replayId };
        let isOver: boolean;
        try {
          isOver = await workflows.replayTurn({ ...ref, timeoutMs: WAIT_MS, signal: closedSignal(response) });
        } catch (error) {
          if (isAppError(error)) await failReplay(db, { ...ref, errorCode: error.code });
          throw error;
        }
        if (!isOver) response.status(202);
        return shownReplay(tenantId, await db.withTenant(tenantId, (tx) => getReplay(tx, ref)));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/replays',
      tag: 'decision records',
      summary: 'List replays of turns, newest first',
      scope: 'audit.view',
      query: pageQuery.extend({ batch_id: uuid().optional(), decision_record_id: uuid().optional() }),
      response: { status: 200, description: 'A page of replays', body: pageOf(replaySchema) },
      async handler({ caller: { tenantId }, query }) {
        const { batch_id: batchId, decision_record_id: decisionRecordId } = query;
        return paging.answer({ tenantId, list: 'replays' }, query, async (at) => {
          const page = await db.withTenant(tenantId, (tx) =>
            listReplays(tx, tenantId, { ...at, batchId, decisionRecordId }),
          );
          return { ...page, items: page.items.map((replay) => shownReplay(tenantId, replay)) };
        });
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/replays/{id}',
      tag: 'decision records',
      summary: 'One replay of a turn',
      scope: 'audit.view',
      params: idParams,
      response: { status: 200, description: 'The replay', body: replaySchema },
      async handler({ caller: { tenantId }, params }) {
        const ref = { tenantId, replayId: params.id };
        return shownReplay(tenantId, await db.withTenant(tenantId, (tx) => getReplay(tx, ref)));
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/day-replays',
      tag: 'decision records',
      summary: "Run a day's turns again with another prompt, model or agent version",
      description:
        'A workflow; see how far it is by its id, and the differences by `GET /api/v1/replays?batch_id=`. It ends early when ' +
        'a budget is spent.',
      scope: 'audit.manage',
      body: batchBody,
      response: { status: 202, description: 'Accepted', body: batchSchema },
      async handler({ caller: { tenantId }, body }) {
        const { day, agent_id: agentId = null, ...rest } = body;
        const changes = changesOf(rest);
        const batch = await db.withTenant(tenantId, (tx) => openBatch(tx, tenantId, { day, agentId, changes }));
        const ref = { tenantId, batchId: batch.id };
        try {
          await workflows.replayDay(ref);
        } catch (error) {
          if (isAppError(error)) await endBatch(db, { ...ref, errorCode: error.code });
          throw error;
        }
        return shownBatch(tenantId, batch);
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/day-replays/{id}',
      tag: 'decision records',
      summary: 'How far the replay of a day is, and what it came to',
      scope: 'audit.view',
      params: idParams,
      response: { status: 200, description: 'The replay of the day', body: batchSchema },
      async handler({ caller: { tenantId }, params }) {
        const ref = { tenantId, batchId: params.id };
        return shownBatch(tenantId, await db.withTenant(tenantId, (tx) => getBatch(tx, ref)));
      },
    }),
  ];
}

function shownReplay(tenantId: string, { result, changes, ...row }: TurnReplay) {
  return {
    ...present(row),
    changes: shownChanges(changes),
    before: result && present(result.before),
    after: result && present(result.after),
    difference: result && present(result.difference),
    workflow_id: turnReplayWorkflowId({ tenantId, replayId: row.id }),
  };
}

function shownBatch(tenantId: string, { changes, ...row }: ReplayBatch) {
  const workflowId = dayReplayWorkflowId({ tenantId, batchId: row.id });
  return { ...present(row), changes: shownChanges(changes), workflow_id: workflowId };
}

function shownChanges({ instructions, modelChain, agentVersionId }: ReplayChanges) {
  return {
    ...(instructions === undefined ? {} : { prompt: instructions }),
    ...(modelChain?.[0] === undefined ? {} : { model: modelChain[0] }),
    ...(agentVersionId === undefined ? {} : { agent_version_id: agentVersionId }),
  };
}
