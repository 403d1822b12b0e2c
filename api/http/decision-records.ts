import { INTENTS, ROUTER_NAMES } from '../../core/agents/intents/types';
import { getDecisionRecord, listDecisionRecords } from '../../core/crm/decision-records';
import { approvalSchema } from './approvals';
import { dateOf } from './date-of';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const OUTCOMES = ['replied', 'handed_over', 'silenced', 'failed', 'interrupted'] as const;

const recordSchema = z
  .object({
    id: uuid(),
    group_id: uuid().openapi({ description: 'The turn' }),
    conversation_id: uuid(),
    agent: z.string(),
    agent_id: uuid().nullable(),
    agent_version_id: uuid().nullable().openapi({ description: 'Null: the profile that comes with the product' }),
    voice_version_id: uuid()
      .nullable()
      .openapi({ description: 'The version of the coordinator, whose text is the voice' }),
    route_reason: z.string().nullable().openapi({ description: 'Why this agent: intent, kept or no_specialist' }),
    signals: z
      .record(z.string(), z.unknown())
      .openapi({ description: 'What the rules looked at: sentiment, severity, value, offers' }),
    rules: z
      .array(z.object({ rule: z.string(), decision: z.string(), reason: z.string() }))
      .openapi({ description: 'Rules that spoke about the turn or its reply; those about a call are on its step' }),
    flags: z.array(z.string()).openapi({ description: 'What was wrong with an answer before it left' }),
    intent: z.enum(INTENTS),
    intent_confidence: z.number(),
    intent_scores: z.record(z.string(), z.unknown()),
    intent_router: z.enum(ROUTER_NAMES).openapi({ description: 'Who said the intent' }),
    intent_inherited: z.boolean().openapi({ description: 'Whether it is the intent of the turn before' }),
    memory_query: z.string().nullable(),
    context: z
      .record(z.string(), z.unknown())
      .openapi({ description: 'Memory hits with ranks and facts, as the model saw them' }),
    tools_offered: z.array(z.string()),
    provider: z.string().nullable(),
    model: z.string().nullable(),
    prompt_version: z.string().nullable(),
    outcome: z.enum(OUTCOMES).nullable(),
    outcome_reason: z.string().nullable(),
    reply_message_id: uuid().nullable(),
    workflow_id: z.string(),
    run_id: z.string(),
    started_at: timestamp(),
    finished_at: timestamp().nullable(),
  })
  .openapi('DecisionRecord');

const stepSchema = z
  .object({
    id: uuid(),
    step: z.number().int(),
    kind: z.enum(['model', 'tool', 'check']),
    call_id: z.string(),
    tool: z.string().nullable(),
    input: z.unknown(),
    output: z.unknown(),
    status: z.enum(['requested', 'done', 'failed', 'refused', 'needs_approval']),
    error_code: z.string().nullable(),
    rule: z.string().nullable().openapi({ description: 'The rule that refused it, or wants a person to allow it' }),
    rule_reason: z.string().nullable(),
    created_at: timestamp(),
    finished_at: timestamp().nullable(),
  })
  .openapi('DecisionStep');

const costSchema = z
  .object({
    id: uuid(),
    provider: z.string(),
    model: z.string(),
    operation: z.string(),
    status: z.enum(['reserved', 'settled', 'released', 'expired']),
    reserved_micros: z.number().int(),
    cost_micros: z.number().int(),
    usage: z.record(z.string(), z.unknown()),
    created_at: timestamp(),
  })
  .openapi('DecisionCost');

const wholeSchema = recordSchema
  .extend({
    steps: z.array(stepSchema),
    approvals: z
      .array(approvalSchema)
      .openapi({ description: 'Calls that waited for a person, and what became of them' }),
    costs: z.array(costSchema),
    cost_micros: z.number().int(),
  })
  .openapi('WholeDecisionRecord');

const listQuery = pageQuery.extend({
  conversation_id: uuid().optional(),
  contact_id: uuid().optional(),
  agent: z.string().max(64).optional().openapi({ description: 'Its key, as `support_billing`' }),
  intent: z.enum(INTENTS).optional(),
  outcome: z.enum(OUTCOMES).optional(),
  rule: z.string().max(50).optional().openapi({ description: 'Only turns it spoke about, as `complaint_severity`' }),
  flag: z.string().max(50).optional().openapi({ description: 'Only records with it, as `claim_without_act`' }),
  from: timestamp().optional().openapi({ description: 'Began at this time or later' }),
  to: timestamp().optional().openapi({ description: 'Began before this time' }),
});

export function decisionRecordRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/decision-records',
      tag: 'decision records',
      summary: 'List what the agents decided, newest first',
      scope: 'audit.view',
      query: listQuery,
      response: { status: 200, description: 'A page of records', body: pageOf(recordSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'decision-records' }, query, (at) => {
          const { conversation_id: conversationId, contact_id: contactId, agent, intent, outcome, rule, flag } = query;
          const between = { from: dateOf(query.from), to: dateOf(query.to) };
          const filter = { conversationId, contactId, agent, intent, outcome, rule, flag, ...between };
          return db.withTenant(tenantId, (tx) => listDecisionRecords(tx, tenantId, { ...at, ...filter }));
        }),
    }),
    route({
      method: 'get',
      path: '/api/v1/decision-records/{id}',
      tag: 'decision records',
      summary: 'Why the agent did that: the record with its steps, approvals and costs',
      scope: 'audit.view',
      params: idParams,
      response: { status: 200, description: 'The record', body: wholeSchema },
      async handler({ caller: { tenantId }, params }) {
        const { record, steps, approvals, costs } = await db.withTenant(tenantId, (tx) =>
          getDecisionRecord(tx, tenantId, params.id),
        );
        const costMicros = costs.reduce((sum, cost) => sum + (cost.status === 'settled' ? cost.costMicros : 0n), 0n);
        return {
          ...present(record),
          steps: steps.map(present),
          approvals: approvals.map(present),
          costs: costs.map(present),
          cost_micros: Number(costMicros),
        };
      },
    }),
  ];
}
