import type { Tx } from '../database';
import { ofModel } from '../providers/of-model';
import { callTarget, type CallPolicy } from '../providers/policy';
import type { LanguageModel } from '../providers/ports';
import { paidCall, type PaidCallDeps, type Purchase, type Storing } from './paid-call';
import { tokenUpperBound } from './token-bound';
import type { Reservation } from './types';

export type LanguageInput = Parameters<LanguageModel['complete']>[0];
export type LanguageAnswer = Awaited<ReturnType<LanguageModel['complete']>>;

type LanguageReservation = Pick<Reservation, 'tenantId' | 'activityKey' | 'subject' | 'purpose' | 'cheaperModel'>;

type LanguageCallDeps = PaidCallDeps & { callPolicy: CallPolicy };

interface LanguageQuestion extends LanguageReservation {
  model: LanguageModel;
  input: LanguageInput;
  signal: AbortSignal;
  /** Where the usual limit of a language call is too short. */
  timeoutMs?: number;
}

type Store<Stored> = (tx: Tx, answer: LanguageAnswer) => Promise<Stored>;

/**
 * Asks one language model and pays for it: what it may read and write is reserved from the words of the question.
 *
 * @param store is given the answer in the transaction that settles the cost
 * @throws AppError of the provider (see core/providers/classify.ts), PRICE_UNKNOWN, BUDGET_EXCEEDED, BUDGET_DEFERRED
 */
export function paidLanguageCall<Stored>(
  deps: LanguageCallDeps,
  question: LanguageQuestion,
  store: Store<Stored>,
): Promise<Stored> {
  const { reservation, steps } = languagePurchase(deps, question, { store });
  return paidCall(deps, reservation, steps);
}

/** The same for `paidCallFor`, where the question is read in the transaction that reserves. */
export function languagePurchase<Stored>(
  { callPolicy }: Pick<LanguageCallDeps, 'callPolicy'>,
  question: LanguageQuestion,
  storing: Storing<LanguageAnswer, Stored>,
): Purchase<LanguageAnswer, Stored> {
  const { model, input, signal, timeoutMs, ...reservation } = question;
  const { system, messages, tools, responseSchema, maxOutputTokens } = input;
  const words = system + [messages, tools, responseSchema].map((part) => JSON.stringify(part) ?? '').join('');
  return {
    reservation: {
      ...reservation,
      provider: model.name,
      model: model.model,
      operation: 'language',
      upperBound: { inputTokens: tokenUpperBound(words), outputTokens: maxOutputTokens },
    },
    steps: {
      call: (reserved) => {
        const chosen = ofModel(model, reserved.model);
        return callPolicy.run({ ...callTarget(chosen, 'language'), timeoutMs }, signal, (options) =>
          chosen.complete(input, options),
        );
      },
      ...storing,
    },
  };
}
