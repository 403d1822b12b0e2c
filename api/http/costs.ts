import { exportCosts } from '../../core/crm/cost-export';
import { COST_GROUPS, costReport, costTotals } from '../../core/crm/cost-report';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { streamAnswer } from './stream-answer';
import { pageQuery, timestamp, z } from './zod';

const amounts = {
  calls: z.number().int(),
  settled_micros: z.number().int().openapi({ description: 'Spent, in micro-dollars' }),
  uncertain_micros: z.number().int().openapi({
    description: 'What calls whose answer was lost may have cost at most, in micro-dollars, until an invoice says more',
  }),
  reserved_micros: z
    .number()
    .int()
    .openapi({ description: 'What calls still running may cost at most, in micro-dollars' }),
};

const summaryQuery = pageQuery.extend({
  group_by: z.enum(COST_GROUPS).default('provider'),
  from: timestamp().optional(),
  to: timestamp().optional().openapi({ description: 'Not included' }),
});

const exportQuery = z.strictObject({
  from: timestamp().optional(),
  to: timestamp().optional().openapi({ description: 'Not included' }),
});

const summarySchema = z
  .object({
    group_by: z.enum(COST_GROUPS),
    total: z.object(amounts),
    data: z.array(z.object({ key: z.string().nullable(), ...amounts })),
    next_cursor: z.string().nullable(),
  })
  .openapi('CostSummary');

export function costRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/costs/summary',
      tag: 'costs',
      summary: 'What AI calls cost, the most expensive group first',
      description: 'Days are those of the project’s time zone, the last one first.',
      scope: 'billing.view',
      query: summaryQuery,
      response: { status: 200, description: 'The costs', body: summarySchema },
      async handler({ caller: { tenantId }, query }) {
        const groupBy = query.group_by;
        const period = { from: toDate(query.from), to: toDate(query.to) };
        const page = await paging.answer({ tenantId, list: `costs/${groupBy}` }, query, (at) =>
          db.withTenant(tenantId, (tx) => costReport(tx, tenantId, { ...at, ...period, groupBy })),
        );
        const total = await db.withTenant(tenantId, (tx) => costTotals(tx, tenantId, period));
        return { group_by: groupBy, total: present(total), ...page };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/costs/export',
      tag: 'costs',
      summary: 'Every paid call of a period as CSV, oldest first',
      description:
        'Amounts are micro-dollars. A cell that a spreadsheet would take for a formula begins with an apostrophe.',
      scope: 'billing.view',
      query: exportQuery,
      response: { status: 200, description: 'The calls, streamed', body: null, streams: 'text/csv' },
      async handler({ caller: { tenantId }, query, response }) {
        const period = { from: toDate(query.from), to: toDate(query.to) };
        await streamAnswer(response, exportCosts(db, tenantId, period), { type: 'text/csv', fileName: 'costs.csv' });
      },
    }),
  ];
}

function toDate(text: string | undefined): Date | null {
  return text === undefined ? null : new Date(text);
}
