import { AppError, isAppError, type ErrorCode } from '../errors';
import { failureFacts, type FailureFacts } from './failure-facts';

interface Row {
  /** Only for these providers; all when absent. */
  providers?: readonly string[];
  matches: (facts: FailureFacts) => boolean;
  code: ErrorCode;
  /** Instead of the sentence made from the facts. */
  message?: string;
}

const status =
  (...wanted: number[]) =>
  (facts: FailureFacts): boolean =>
    facts.status !== null && wanted.includes(facts.status);
const providerCode =
  (...wanted: string[]) =>
  (facts: FailureFacts): boolean =>
    wanted.includes(facts.providerCode);
const says =
  (pattern: RegExp) =>
  (facts: FailureFacts): boolean =>
    pattern.test(facts.text);

/**
 * How a failed call is understood. The first row that matches decides, so the particular comes before the general.
 * Whether it is tried again follows from the code, in the table of errors. The statuses and codes are those that the
 * providers document: Google api-errors, Groq errors, OpenAI error codes, LlamaCloud API reference.
 */
const ROWS: readonly Row[] = [
  { matches: (facts) => facts.kind === 'timeout', code: 'PROVIDER_TIMEOUT' },
  { matches: (facts) => facts.kind === 'network' || facts.kind === 'malformed', code: 'PROVIDER_UNAVAILABLE' },

  // Out of credit wears the status of a rate limit, but waiting does not help.
  {
    matches: providerCode('insufficient_quota', 'credit_balance_exhausted', 'billing_hard_limit_reached'),
    code: 'PROVIDER_QUOTA',
  },
  { matches: status(402), code: 'PROVIDER_QUOTA' },
  // Jina's documents disagree whether this comes as 402 or as 403.
  { matches: providerCode('authz_insufficient_balance'), code: 'PROVIDER_QUOTA' },
  { providers: ['vertex'], matches: says(/billing_disabled/), code: 'PROVIDER_QUOTA' },

  {
    matches: providerCode('model_not_found', 'model_decommissioned', 'model_deprecated', 'input_model_not_found'),
    code: 'MODEL_RETIRED',
  },
  { providers: ['vertex'], matches: status(404), code: 'MODEL_RETIRED' },
  // Ollama and vLLM answer 404 without a code; a wrong base URL is a 404 that does not speak of a model.
  { matches: (facts) => status(404)(facts) && says(/model/)(facts), code: 'MODEL_RETIRED' },

  {
    matches: providerCode('content_policy_violation', 'content_filter', 'moderation_blocked', 'invalid_prompt'),
    code: 'CONTENT_BLOCKED',
  },
  { providers: ['groq'], matches: providerCode('json_validate_failed'), code: 'MODEL_OUTPUT_INVALID' },

  {
    providers: ['vertex'],
    matches: says(/default credentials|invalid_grant|invalid_client/),
    code: 'PROVIDER_AUTH',
    message: 'vertex has no usable credential: set VERTEX_ACCESS_TOKEN or the application default credentials',
  },
  { matches: status(401, 403), code: 'PROVIDER_AUTH' },

  { matches: providerCode('slow_down'), code: 'PROVIDER_RATE_LIMITED' },
  { matches: status(429), code: 'PROVIDER_RATE_LIMITED' },
  // capacity_exceeded of Groq's flex tier
  { providers: ['groq'], matches: status(498), code: 'PROVIDER_RATE_LIMITED' },

  // Groq: the model wrote something its server could not read; another try usually goes well.
  { providers: ['groq'], matches: status(422), code: 'PROVIDER_UNAVAILABLE' },
  { matches: status(408, 409, 425, 499), code: 'PROVIDER_UNAVAILABLE' },
  { matches: (facts) => facts.status !== null && facts.status >= 500, code: 'PROVIDER_UNAVAILABLE' },
  { matches: (facts) => facts.status !== null && facts.status >= 300, code: 'PROVIDER_REJECTED' },
];

function describe(provider: string, facts: FailureFacts): string {
  switch (facts.kind) {
    case 'timeout':
      return `${provider} did not answer in time`;
    case 'network':
      return `${provider} cannot be reached or closed the connection`;
    case 'malformed':
      return `${provider} answered something that cannot be read`;
    case 'answer':
      return `${provider} answered ${facts.status} ${facts.providerCode}`.trimEnd();
    case 'unknown':
      return `the call to ${provider} failed in an unknown way`;
  }
}

/**
 * Turns whatever a provider call threw into an AppError of the table. The message names status and provider code only:
 * a provider's own words may repeat what a customer wrote.
 *
 * @param signal the signal the call ran under
 * @returns PROVIDER_*, MODEL_RETIRED, CONTENT_BLOCKED or MODEL_OUTPUT_INVALID with `retryAfterMs` where the provider
 * asked for it (at most 60 s); INTERNAL_ERROR for what is no failure of a provider; an AppError as it is
 * @throws the abort reason, when the signal has aborted: an SDK's error says nothing then
 */
export function providerError(provider: string, error: unknown, signal: AbortSignal): AppError {
  if (signal.aborted) throw signal.reason;
  if (isAppError(error)) return error;
  const facts = failureFacts(error);
  const row = ROWS.find((one) => (one.providers?.includes(provider) ?? true) && one.matches(facts));
  return new AppError(row?.code ?? 'INTERNAL_ERROR', row?.message ?? describe(provider, facts), {
    details: {
      provider,
      ...(facts.status === null ? {} : { status: facts.status }),
      ...(facts.providerCode === '' ? {} : { providerCode: facts.providerCode }),
    },
    retryAfterMs: facts.retryAfterMs,
    cause: error,
  });
}
