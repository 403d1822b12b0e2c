import { requestRun } from '../../core/agents/runs/request';
import { listRuns, loadRun } from '../../core/agents/runs/store';
import { RUN_STATUSES } from '../../core/agents/runs/types';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, jsonObject, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const runFields = {
  id: uuid(),
  agent_id: uuid(),
  agent: z.string(),
  contact_id: uuid().nullable(),
  parent_run_id: uuid().nullable().openapi({ description: 'The run of the agent that asked this one' }),
  depth: z.number().int(),
  via: z.string(),
  user_id: uuid().nullable(),
  question: z.string(),
  status: z.enum(RUN_STATUSES),
  answer: z.string().nullable(),
  error_code: z.string().nullable(),
  flags: z.array(z.string()).openapi({ description: '`claim_without_act`: it says what no tool did' }),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  created_at: timestamp(),
  finished_at: timestamp().nullable(),
};
const runSchema = z.object(runFields).openapi('AgentRun');
const wholeSchema = z
  .object({
    ...runFields,
    tools_offered: z.array(z.string()),
    model_calls_left: z.number().int(),
    steps: z.array(
      z.object({
        kind: z.enum(['plan', 'calls', 'answer']),
        calls: z.array(
          z.object({
            call_id: z.string(),
            tool: z.string(),
            input: jsonObject(),
            refusal: z.string().nullable(),
            child_run_id: uuid().nullable(),
            result: jsonObject().nullable(),
          }),
        ),
      }),
    ),
  })
  .openapi('WholeAgentRun');

const requestBody = z
  .strictObject({
    question: z.string().trim().min(1).max(4000),
    contact_id: uuid().optional().openapi({ description: 'Whom it is about; an SDR needs one' }),
  })
  .openapi('AgentQuestion');

export function agentRunRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/v1/agents/{id}/runs',
      tag: 'agents',
      summary: 'Ask an agent that works for your own people',
      description:
        'Of the SDR, the BI manager, the agent analyzer, and agents of your own whose audience is `staff`. It has those of its ' +
        'tools that your key may call. The answer comes later: read the run.',
      scope: 'analytics.view',
      params: idParams,
      body: requestBody,
      response: { status: 202, description: 'The run', body: z.object({ id: uuid(), agent: z.string() }) },
      async handler({ caller: { tenantId, userId, keyId, scopes }, params, body }) {
        const { runId, agent } = await db.withTenant(tenantId, (tx) =>
          requestRun(tx, {
            tenantId,
            agent: { id: params.id },
            question: body.question,
            contactId: body.contact_id ?? null,
            authority: { via: 'rest', userId, keyId, scopes },
          }),
        );
        return { id: runId, agent };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/agent-runs',
      tag: 'agents',
      summary: 'What agents for staff were asked, newest first',
      scope: 'analytics.view',
      query: pageQuery.extend({ status: z.enum(RUN_STATUSES).optional(), agent_id: uuid().optional() }),
      response: { status: 200, description: 'A page of runs', body: pageOf(runSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'agent-runs' }, query, (page) => {
          const { status, agent_id: agentId } = query;
          return db.withTenant(tenantId, (tx) => listRuns(tx, tenantId, { ...page, status, agentId }));
        }),
    }),
    route({
      method: 'get',
      path: '/api/v1/agent-runs/{id}',
      tag: 'agents',
      summary: 'Read a run: its answer, its plan, what its tools said',
      scope: 'analytics.view',
      params: idParams,
      response: { status: 200, description: 'The run', body: wholeSchema },
      async handler({ caller: { tenantId }, params }) {
        const run = await db.withTenant(tenantId, (tx) => loadRun(tx, { tenantId, runId: params.id }));
        const { answers, results, ...row } = run;
        const steps = answers.map(({ kind, calls }) => ({
          kind,
          calls: calls.map(({ callId, tool, input, refusal, childRunId }) => ({
            call_id: callId,
            tool,
            input,
            refusal,
            child_run_id: childRunId,
            result: results[callId] ?? null,
          })),
        }));
        return { ...present(row), steps };
      },
    }),
  ];
}
