import { requireProvider } from '../../enrichment/subject';
import { paidLanguageCall } from '../../money/paid-language-call';
import { toolDefinitions } from '../../tools/registry';
import { buildPrompt } from '../call-model';
import { checkAnswer } from '../check-call';
import type { AgentDeps } from '../deps';
import type { RecalledContext } from '../recall-memory';
import { storedModelStep } from '../steps';
import { loadRecentMessages, loadTurnMessages, turnCaller } from '../turn-context';
import type { ModelStep } from '../types';
import { replayPolicy } from './policy';
import { loadReplaySteps, storeReplayAnswer } from './steps';
import { loadSubject } from './subject';
import type { ReplayRef } from './types';

/**
 * As `callModel` of a turn, from what the turn's record holds: its messages, what memory gave it then, and its hour. It is paid
 * for through the ledger as work that nobody waits for, and never with a cheaper model than the one asked for: a comparison with
 * another one would say nothing.
 *
 * @throws AppError of the provider, PROVIDER_NOT_CONFIGURED, PRICE_UNKNOWN, BUDGET_EXCEEDED, BUDGET_DEFERRED, NOT_FOUND
 */
export async function askModelAgain(
  deps: AgentDeps,
  { step, provider, ...ref }: ReplayRef & { step: number; provider: string },
  attempt: { activityKey: string; signal: AbortSignal },
): Promise<ModelStep> {
  const { tenantId, replayId } = ref;
  const model = requireProvider(deps.providers.language, provider);
  const prepared = await deps.db.withTenant(tenantId, async (tx) => {
    const steps = await loadReplaySteps(tx, ref);
    const stored = storedModelStep(steps, step);
    if (stored) return { stored };
    const subject = await loadSubject(tx, ref);
    const { record, turn, head, agent, voice } = subject;
    const prompt = buildPrompt({
      head,
      agent,
      voice,
      context: record.context as unknown as Partial<RecalledContext>,
      recent: await loadRecentMessages(tx, turn, {
        limit: agent.profile.memoryScope.messages,
        before: record.startedAt,
      }),
      own: await loadTurnMessages(tx, turn),
      steps,
      now: record.startedAt,
    });
    return { subject, policy: await replayPolicy(tx, subject, steps), ...prompt };
  });
  if (prepared.stored) return prepared.stored;
  const { subject, policy, system, messages } = prepared;
  const { turn, head, agent, offered } = subject;
  const { temperature, maxOutputTokens } = agent.profile;
  const caller = turnCaller(turn, head);
  return paidLanguageCall(
    deps,
    {
      tenantId,
      activityKey: attempt.activityKey,
      model,
      purpose: 'background',
      // Not the turn's: what that cost stays what it cost, and no budget of a conversation or an agent pays for a rehearsal.
      subject: { groupId: replayId },
      input: { system, messages, tools: toolDefinitions(offered), temperature, maxOutputTokens },
      signal: attempt.signal,
    },
    (tx, answer) => {
      const checked = checkAnswer(answer, caller, { offered, context: policy });
      return storeReplayAnswer(tx, { ...ref, step }, { turn, ...checked });
    },
  );
}
