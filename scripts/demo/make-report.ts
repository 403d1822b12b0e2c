import { demoReportSchema, type DemoReport } from './report';
import { repliesOf, type Seen, type SentByCustomer } from './seen';

/** Puts what was seen into the form of the report. @throws ZodError if it does not fit */
export function makeReport(seen: Seen, { ok, tookSeconds }: { ok: boolean; tookSeconds: number }): DemoReport {
  const recalled = seen.decisions.map(({ memory_query, context }) => ({
    query: memory_query ?? '',
    results: context.memories.map(({ content, score, source, sourceId }) => ({ content, score, source, sourceId })),
  }));
  const searched = seen.searches.map(({ query, found }) => ({
    query,
    results: found.results.map(({ content, score, source, source_id: sourceId }) => ({
      content,
      score,
      source,
      sourceId,
    })),
  }));
  return demoReportSchema.parse({
    ok,
    tookSeconds,
    messages: seen.customer.map(messageRow),
    facts: seen.facts.map(({ type, text, confidence, source_message_id: sourceMessageId }) => ({
      type,
      text,
      confidence,
      sourceMessageId,
    })),
    memory: [...recalled, ...searched],
    replies: seen.decisions.flatMap((decision) =>
      repliesOf(seen, decision).map(({ text }) => ({
        text: text ?? '',
        agent: decision.agent,
        intent: decision.intent,
        costMicros: decision.cost_micros,
        workflowId: decision.workflow_id,
        runId: decision.run_id,
      })),
    ),
    workflows: seen.workflows,
    totals: { costMicros: seen.costs[0]?.total.settled_micros ?? 0, workflows: seen.workflows.length },
  } satisfies DemoReport);
}

function messageRow({ message, stored, enrichment, decision }: SentByCustomer): DemoReport['messages'][number] {
  const common = { kind: message.kind, messageId: stored?.id ?? '' };
  if (message.kind === 'text') {
    return {
      ...common,
      workflowId: decision?.workflow_id ?? '',
      status: decision?.finished_at ? 'completed' : 'pending',
      provider: null,
      text: stored?.text ?? '',
      latencyMs: 0,
      costMicros: 0,
    };
  }
  return {
    ...common,
    workflowId: enrichment?.workflow_id ?? '',
    status: enrichment?.status ?? 'pending',
    provider: enrichment?.provider ?? null,
    text: enrichment?.extracted_text ?? '',
    latencyMs: enrichment?.processing_time_ms ?? 0,
    costMicros: enrichment?.cost_micros ?? 0,
  };
}
