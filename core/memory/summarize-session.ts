import { askModel } from './ask-model';
import type { MemoryAttempt, MemoryPipelineDeps } from './pipeline-deps';
import { buildSummaryRequest, parseSummary } from './summaries/request';
import { sessionToSummarize, storeSummary } from './summaries/store';

export type SummaryAnswer = { isValid: true } | { isValid: false; problem: string };

interface SessionOf {
  tenantId: string;
  sessionId: string;
}

/** Whether a session is worth a summary, and who can be asked. */
export async function planSummary(
  deps: MemoryPipelineDeps,
  { tenantId, sessionId }: SessionOf,
): Promise<{ isWanted: boolean; providers: string[] }> {
  const session = await deps.db.withTenant(tenantId, (tx) => sessionToSummarize(tx, tenantId, sessionId));
  return { isWanted: session !== null, providers: deps.providers.chains.language };
}

/**
 * Asks one language model what a session came to and stores it. An answer of the wrong form is not thrown: it comes back with
 * what was wrong, so that the caller can ask once more (`problem`).
 *
 * @throws AppError of the provider (see core/providers/classify.ts), PRICE_UNKNOWN, BUDGET_EXCEEDED, BUDGET_DEFERRED
 */
export async function summarizeSession(
  deps: MemoryPipelineDeps,
  { tenantId, sessionId, provider, problem }: SessionOf & { provider: string; problem?: string },
  attempt: MemoryAttempt,
): Promise<SummaryAnswer> {
  const readAt = new Date();
  const session = await deps.db.withTenant(tenantId, (tx) => sessionToSummarize(tx, tenantId, sessionId));
  if (!session) return { isValid: true };
  const { contactId, conversationId } = session;
  const request = buildSummaryRequest(session, problem);
  return askModel<SummaryAnswer>(
    deps,
    { tenantId, provider, subject: { contactId, conversationId }, request },
    attempt,
    async (tx, { text, model }) => {
      const parsed = parseSummary(text);
      if (!parsed.ok) return { isValid: false, problem: parsed.problem };
      await storeSummary(tx, tenantId, { session, summary: parsed.summary, model, readAt });
      return { isValid: true };
    },
  );
}
