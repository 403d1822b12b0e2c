import type { Tx } from '../database';
import { ofModel } from '../providers/of-model';
import { callTarget, type CallPolicy } from '../providers/policy';
import type { LanguageModel } from '../providers/ports';
import { paidCall, type PaidCallDeps } from './paid-call';
import { tokenUpperBound } from './token-bound';
import type { Reservation } from './types';

export type LanguageInput = Parameters<LanguageModel['complete']>[0];
export type LanguageAnswer = Awaited<ReturnType<LanguageModel['complete']>>;

type LanguageReservation = Pick<Reservation, 'tenantId' | 'activityKey' | 'subject' | 'purpose' | 'cheaperModel'>;

/**
 * Asks one language model and pays for it: what it may read and write is reserved from the words of the question.
 *
 * @param timeoutMs where the usual limit of a language call is too short
 * @param store is given the answer in the transaction that settles the cost
 * @throws AppError of the provider (see core/providers/classify.ts), PRICE_UNKNOWN, BUDGET_EXCEEDED, BUDGET_DEFERRED
 */
export function paidLanguageCall<Stored>(
  deps: PaidCallDeps & { callPolicy: CallPolicy },
  of: LanguageReservation & { model: LanguageModel; input: LanguageInput; signal: AbortSignal; timeoutMs?: number },
  store: (tx: Tx, answer: LanguageAnswer) => Promise<Stored>,
): Promise<Stored> {
  const { model, input, signal, timeoutMs, ...reservation } = of;
  const { system, messages, tools, responseSchema, maxOutputTokens } = input;
  const words = system + [messages, tools, responseSchema].map((part) => JSON.stringify(part) ?? '').join('');
  return paidCall(
    deps,
    {
      ...reservation,
      provider: model.name,
      model: model.model,
      operation: 'language',
      upperBound: { inputTokens: tokenUpperBound(words), outputTokens: maxOutputTokens },
    },
    {
      call: (reserved) => {
        const chosen = ofModel(model, reserved.model);
        return deps.callPolicy.run({ ...callTarget(chosen, 'language'), timeoutMs }, signal, (options) =>
          chosen.complete(input, options),
        );
      },
      store,
    },
  );
}
