import { z } from 'zod';
import type { ToolCall } from '../../providers/ports';
import { jsonOrNull } from '../../text';

/** More queries than this are no plan for one answer. */
export const MAX_PLANNED_CALLS = 6;

const planSchema = z.object({
  queries: z.array(z.object({ tool: z.string().min(1).max(64), arguments_json: z.string(), why: z.string() })),
});

/** What a planning model is asked for, as JSON Schema. */
export const PLAN_JSON_SCHEMA = {
  type: 'object',
  properties: {
    queries: {
      type: 'array',
      items: {
        type: 'object',
        properties: { tool: { type: 'string' }, arguments_json: { type: 'string' }, why: { type: 'string' } },
        required: ['tool', 'arguments_json', 'why'],
        additionalProperties: false,
      },
    },
  },
  required: ['queries'],
  additionalProperties: false,
};

/** The queries of a plan as calls; null when the model wrote none. What is too much is left out. */
export function plannedCalls(text: string): ToolCall[] | null {
  const parsed = planSchema.safeParse(jsonOrNull(text));
  if (!parsed.success) return null;
  return parsed.data.queries
    .slice(0, MAX_PLANNED_CALLS)
    .map(({ tool, arguments_json: argumentsJson }, index) => ({ id: `query-${index}`, name: tool, argumentsJson }));
}
