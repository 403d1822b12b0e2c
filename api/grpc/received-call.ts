import type { Metadata } from '@grpc/grpc-js';
import type { ApiKeyIdentity } from '../../core/accounts/api-keys';
import { requestIdOf } from '../request-id';

/** What the interceptors learn about a call and its handler needs. */
export interface ReceivedCall {
  correlationId: string;
  /** Set by the authentication; never for the services that need no key. */
  identity?: ApiKeyIdentity;
}

// Interceptors and handler share nothing else than the metadata of their call, which is the same object for all of them.
const calls = new WeakMap<Metadata, ReceivedCall>();

/** The one record of the call with this metadata, made when first asked for; its id is `x-request-id` if that is safe. */
export function receivedCall(metadata: Metadata): ReceivedCall {
  const known = calls.get(metadata);
  if (known) return known;
  const [given] = metadata.get('x-request-id');
  const call = { correlationId: requestIdOf(given) };
  calls.set(metadata, call);
  return call;
}
