import {
  BUDGET_PERIODS,
  BUDGET_SCOPES,
  changeBudget,
  createBudget,
  deleteBudget,
  getBudget,
  listBudgets,
} from '../../core/money/budgets';
import { BUDGET_STATES } from '../../core/money/types';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

/** A billion dollars; what is above is a slip of the keyboard. */
const MOST_MICROS = 1_000_000_000_000_000;

const micros = (description: string) =>
  z
    .number()
    .int()
    .openapi({ description: `${description}, in micro-dollars` });
const percent = (description: string) => z.number().int().min(1).max(100).openapi({ description });
const cap = z.number().int().min(0).max(MOST_MICROS).openapi({ description: 'In micro-dollars', example: 5_000_000 });

const thresholds = {
  cheaper_percent: percent('Share of the cap from which on the cheaper model is used'),
  defer_percent: percent('Share of the cap from which on media, facts and vectors wait'),
  human_percent: percent('Share of the cap from which on people answer'),
};

const budgetSchema = z
  .object({
    id: uuid(),
    scope: z.enum(BUDGET_SCOPES),
    subject_id: uuid().nullable().openapi({ description: 'The agent, campaign or conversation' }),
    period: z.enum(BUDGET_PERIODS),
    cap_micros: cap,
    ...thresholds,
    state: z.enum(BUDGET_STATES),
    window_starts_at: timestamp().openapi({ description: 'The present day or month, in the time zone of the project' }),
    window_ends_at: timestamp(),
    spent_micros: micros('Spent since the window began'),
    uncertain_micros: micros('What calls whose answer was lost may have cost at most'),
    reserved_micros: micros('What calls under way may cost at most'),
    remaining_micros: micros('What may still be reserved'),
    spent_percent: z.number().openapi({ description: 'Spent and uncertain, of the cap. May be above 100' }),
    version: z.number().int(),
    created_at: timestamp(),
    updated_at: timestamp(),
  })
  .openapi('Budget');

const createBody = z
  .strictObject({
    scope: z.enum(BUDGET_SCOPES),
    subject_id: uuid().optional(),
    period: z.enum(BUDGET_PERIODS),
    cap_micros: cap,
    ...z.object(thresholds).partial().shape,
  })
  .openapi('NewBudget');

const updateBody = z
  .strictObject({
    version: z.number().int().min(1).optional().openapi({ description: 'The version the change is based on' }),
    cap_micros: cap.optional(),
    ...z.object(thresholds).partial().shape,
  })
  .openapi('BudgetChange');

const listQuery = pageQuery.extend({ scope: z.enum(BUDGET_SCOPES).optional(), subject_id: uuid().optional() });

export function budgetRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/budgets',
      tag: 'budgets',
      summary: 'List budgets with what is spent now, newest first',
      scope: 'billing.view',
      query: listQuery,
      response: { status: 200, description: 'A page of budgets', body: pageOf(budgetSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'budgets' }, query, (at) =>
          db.withTenant(tenantId, (tx) =>
            listBudgets(tx, tenantId, { ...at, scope: query.scope, subjectId: query.subject_id }),
          ),
        ),
    }),
    route({
      method: 'post',
      path: '/api/v1/budgets',
      tag: 'budgets',
      summary: 'Limit what may be spent in a day or a month',
      description:
        'What was spent since the day or month began counts. A cap below it is taken: `state` says what follows from it.',
      scope: 'billing.manage',
      body: createBody,
      response: { status: 201, description: 'The budget', body: budgetSchema },
      async handler({ caller: { tenantId }, body }) {
        const budget = {
          scope: body.scope,
          subjectId: body.subject_id,
          period: body.period,
          capMicros: body.cap_micros,
          ...toThresholds(body),
        };
        return present(await db.withTenant(tenantId, (tx) => createBudget(tx, tenantId, budget)));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/budgets/{id}',
      tag: 'budgets',
      summary: 'Read a budget with what is spent now',
      scope: 'billing.view',
      params: idParams,
      response: { status: 200, description: 'The budget', body: budgetSchema },
      async handler({ caller: { tenantId }, params }) {
        return present(await db.withTenant(tenantId, (tx) => getBudget(tx, tenantId, params.id)));
      },
    }),
    route({
      method: 'patch',
      path: '/api/v1/budgets/{id}',
      tag: 'budgets',
      summary: 'Change the cap or the thresholds of a budget',
      description: 'The state follows at once, in both directions. A cap below what is spent is taken.',
      scope: 'billing.manage',
      params: idParams,
      body: updateBody,
      response: { status: 200, description: 'The budget', body: budgetSchema },
      async handler({ caller: { tenantId }, params, body }) {
        const changes = {
          ...(body.version === undefined ? {} : { version: body.version }),
          ...(body.cap_micros === undefined ? {} : { capMicros: body.cap_micros }),
          ...toThresholds(body),
        };
        return present(await db.withTenant(tenantId, (tx) => changeBudget(tx, tenantId, params.id, changes)));
      },
    }),
    route({
      method: 'delete',
      path: '/api/v1/budgets/{id}',
      tag: 'budgets',
      summary: 'Remove a budget; nothing limits the next calls',
      scope: 'billing.manage',
      params: idParams,
      response: { status: 204, description: 'It is gone', body: null },
      handler: ({ caller: { tenantId }, params }) =>
        db.withTenant(tenantId, (tx) => deleteBudget(tx, tenantId, params.id)),
    }),
  ];
}

function toThresholds(body: {
  cheaper_percent?: number | undefined;
  defer_percent?: number | undefined;
  human_percent?: number | undefined;
}) {
  return {
    ...(body.cheaper_percent === undefined ? {} : { cheaperPercent: body.cheaper_percent }),
    ...(body.defer_percent === undefined ? {} : { deferPercent: body.defer_percent }),
    ...(body.human_percent === undefined ? {} : { humanPercent: body.human_percent }),
  };
}
