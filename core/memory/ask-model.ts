import type { Tx } from '../database';
import { requireProvider } from '../enrichment/subject';
import { cheaperModel } from '../money/cheaper-models';
import { paidLanguageCall, type LanguageAnswer } from '../money/paid-language-call';
import type { CostSubject } from '../money/types';
import type { MemoryAttempt, MemoryPipelineDeps } from './pipeline-deps';

/** Nobody waits for what memory asks, and there is more to write than in an answer. */
const TIMEOUT_MS = 45_000;

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
  return paidLanguageCall(
    deps,
    {
      tenantId,
      activityKey,
      model,
      cheaperModel: cheaperModel(deps.config, 'language', model.name),
      purpose: 'background',
      subject,
      input: { system, messages: [{ role: 'user', content: user }], responseSchema, temperature: 0, maxOutputTokens },
      signal,
      timeoutMs: TIMEOUT_MS,
    },
    store,
  );
}
