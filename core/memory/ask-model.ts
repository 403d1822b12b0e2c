import type { Tx } from '../database';
import { requireProvider } from '../enrichment/subject';
import { cheaperModel, type CheaperModels } from '../money/cheaper-models';
import { paidLanguageCall, type LanguageAnswer } from '../money/paid-language-call';
import type { CostPurpose, CostSubject } from '../money/types';
import type { PaidCallDeps } from '../money/paid-call';
import type { CallPolicy } from '../providers/policy';
import type { Providers } from '../providers/registry';
import type { MemoryAttempt } from './pipeline-deps';

export interface AskModelDeps extends PaidCallDeps {
  config: CheaperModels;
  callPolicy: CallPolicy;
  providers: Pick<Providers, 'language'>;
}

/** Nobody waits for what memory asks, and there is more to write than in an answer. */
const IN_THE_BACKGROUND = { purpose: 'background', timeoutMs: 45_000 } as const;

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
  /** Where somebody waits for the answer. */
  waiting?: { purpose: CostPurpose; timeoutMs: number };
}

/**
 * Asks one language model and pays for it; `store` is given the answer in the transaction that settles the cost.
 *
 * @throws AppError of the provider (see core/providers/classify.ts), PRICE_UNKNOWN, BUDGET_EXCEEDED, BUDGET_DEFERRED
 */
export function askModel<Answer>(
  deps: AskModelDeps,
  { tenantId, provider, subject, request, waiting }: Asked,
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
      subject,
      input: { system, messages: [{ role: 'user', content: user }], responseSchema, temperature: 0, maxOutputTokens },
      signal,
      ...(waiting ?? IN_THE_BACKGROUND),
    },
    store,
  );
}
