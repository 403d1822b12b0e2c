import { z } from 'zod';

const micros = z.number().int().nonnegative();

/** What `npm run demo -- --json FILE` writes. */
export const demoReportSchema = z.strictObject({
  ok: z.boolean(),
  tookSeconds: z.number().nonnegative(),
  messages: z.array(
    z.strictObject({
      kind: z.enum(['text', 'image', 'voice', 'document', 'video']),
      messageId: z.string(),
      /** The enrichment that read the medium; for a text the turn that answered it. */
      workflowId: z.string(),
      /** Of that workflow's work: `completed`, `failed`, … */
      status: z.string(),
      /** Who read the medium, several joined by +; null for a text, which nobody has to read. */
      provider: z.string().nullable(),
      text: z.string(),
      latencyMs: z.number().int().nonnegative(),
      costMicros: micros,
    }),
  ),
  facts: z.array(
    z.strictObject({
      type: z.string(),
      text: z.string(),
      confidence: z.number().min(0).max(1),
      sourceMessageId: z.string(),
    }),
  ),
  /** What was recalled for each turn, then the demo's own searches. */
  memory: z.array(
    z.strictObject({
      query: z.string(),
      results: z.array(
        z.strictObject({ content: z.string(), score: z.number(), source: z.string(), sourceId: z.string() }),
      ),
    }),
  ),
  replies: z.array(
    z.strictObject({
      text: z.string(),
      agent: z.string(),
      intent: z.string(),
      costMicros: micros,
      workflowId: z.string(),
      runId: z.string(),
    }),
  ),
  workflows: z.array(z.strictObject({ type: z.string(), workflowId: z.string(), status: z.string() })),
  totals: z.strictObject({ costMicros: micros, workflows: z.number().int().nonnegative() }),
});

export type DemoReport = z.output<typeof demoReportSchema>;

export function emptyReport(): DemoReport {
  return {
    ok: false,
    tookSeconds: 0,
    messages: [],
    facts: [],
    memory: [],
    replies: [],
    workflows: [],
    totals: { costMicros: 0, workflows: 0 },
  };
}
