import { requireProvider } from '../enrichment/subject';
import { cheaperModel } from '../money/cheaper-models';
import { paidCall } from '../money/paid-call';
import { tokenUpperBound } from '../money/token-bound';
import { ofModel } from '../providers/of-model';
import { callTarget } from '../providers/policy';
import type { MemoryAttempt, MemoryPipelineDeps } from './pipeline-deps';
import { buildSummaryRequest, parseSummary } from './summaries/request';
import { sessionToSummarize, storeSummary } from './summaries/store';

/** Nobody waits for a summary. */
const SUMMARY_TIMEOUT_MS = 45_000;

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
  { activityKey, signal }: MemoryAttempt,
): Promise<SummaryAnswer> {
  const model = requireProvider(deps.providers.language, provider);
  const readAt = new Date();
  const session = await deps.db.withTenant(tenantId, (tx) => sessionToSummarize(tx, tenantId, sessionId));
  if (!session) return { isValid: true };
  const { system, user, responseSchema, maxOutputTokens } = buildSummaryRequest(session, problem);
  return paidCall(
    deps,
    {
      tenantId,
      activityKey,
      provider: model.name,
      model: model.model,
      cheaperModel: cheaperModel(deps.config, 'language', model.name),
      operation: 'language',
      purpose: 'background',
      subject: { contactId: session.contactId, conversationId: session.conversationId },
      upperBound: {
        inputTokens: tokenUpperBound(system + user + JSON.stringify(responseSchema)),
        outputTokens: maxOutputTokens,
      },
    },
    {
      call: (chosen) =>
        deps.callPolicy.run({ ...callTarget(model, 'language'), timeoutMs: SUMMARY_TIMEOUT_MS }, signal, (options) =>
          ofModel(model, chosen.model).complete(
            { system, messages: [{ role: 'user', content: user }], responseSchema, temperature: 0, maxOutputTokens },
            options,
          ),
        ),
      store: async (tx, { text, model: answeredBy }): Promise<SummaryAnswer> => {
        const parsed = parseSummary(text);
        if (!parsed.ok) return { isValid: false, problem: parsed.problem };
        await storeSummary(tx, tenantId, { session, summary: parsed.summary, model: answeredBy, readAt });
        return { isValid: true };
      },
    },
  );
}
