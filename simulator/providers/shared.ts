import { errorBody } from '../faults';
import type { Answer, Call, ProviderName } from '../types';

/** About four characters per token, the usual rule of thumb. */
export const tokensIn = (text: string): number => Math.ceil(text.length / 4);

export const failure = (
  provider: ProviderName,
  status: number,
  message: string,
  code: string | null = null,
): Answer => ({
  status,
  body: errorBody(provider, status, message, code),
});

export const notFound = (call: Call): Answer =>
  failure(
    call.provider,
    404,
    `Not simulated: ${call.method} ${call.path}`,
    call.provider === 'vertex' ? null : 'unknown_url',
  );

/** Refuses a request without a bearer token, or with another one than the expected. */
export function bearerFailure(call: Call, expected: string | undefined): Answer | null {
  const [scheme, token] = (call.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() === 'bearer' && token && (expected === undefined || token === expected)) return null;
  return failure(call.provider, 401, 'Invalid API key', call.provider === 'vertex' ? null : 'invalid_api_key');
}
