import type { Tx } from '../database';
import { requireProvider } from '../enrichment/subject';
import { cheaperModel } from '../money/cheaper-models';
import { paidCall } from '../money/paid-call';
import { tokenUpperBound } from '../money/token-bound';
import type { CostSubject } from '../money/types';
import { ofModel } from '../providers/of-model';
import { callTarget } from '../providers/policy';
import type { LanguageModel } from '../providers/ports';
import type { MemoryAttempt, MemoryPipelineDeps } from './pipeline-deps';

/** Nobody waits for what memory asks, and there is more to write than in an answer. */
const TIMEOUT_MS = 45_000;

type LanguageAnswer = Awaited<ReturnType<LanguageModel['complete']>>;

/** One question to a language model whose answer is JSON. */
export interface ModelRequest {
  system: string;
  user: string;
  responseSchema: { name: string; schema: Record<string, unknown> };
  maxOutputTokens: number;
}

interface Asked {
  tenantId: string;
  /** As in a chain: `openai` or `openai/model`. */
  provider: string;
  subject: CostSubject;
  request: ModelRequest;
}

/**
 * Asks one language model and pays for it; `store` is given the answer in the transaction that settles the cost.
 *
 * @throws AppError of the provider (see core/providers/classify.ts), PRICE_UNKNOWN, BUDGET_EXCEEDED, BUDGET_DEFERRED
 */
export function askModel<Answer>(
  deps: MemoryPipelineDeps,
  { tenantId, provider, subject, request }: Asked,
  { activityKey, signal }: MemoryAttempt,
  store: (tx: Tx, answer: LanguageAnswer) => Promise<Answer>,
): Promise<Answer> {
  const model = requireProvider(deps.providers.language, provider);
  const { system, user, responseSchema, maxOutputTokens } = request;
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
      subject,
      upperBound: {
        inputTokens: tokenUpperBound(system + user + JSON.stringify(responseSchema)),
        outputTokens: maxOutputTokens,
      },
    },
    {
      call: (chosen) =>
        deps.callPolicy.run({ ...callTarget(model, 'language'), timeoutMs: TIMEOUT_MS }, signal, (options) =>
          ofModel(model, chosen.model).complete(
            { system, messages: [{ role: 'user', content: user }], responseSchema, temperature: 0, maxOutputTokens },
            options,
          ),
        ),
      store,
    },
  );
}
