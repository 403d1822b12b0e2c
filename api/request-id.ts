import { newId } from '../core/ids';

/** What we take over from a caller as the id of a request or call; anything else could be an attack on the log. */
const SAFE_REQUEST_ID = /^[\w.-]{8,64}$/;

/** `given` if it is safe, else a new one. */
export function requestIdOf(given: unknown): string {
  return typeof given === 'string' && SAFE_REQUEST_ID.test(given) ? given : newId();
}
