import { createHmac, timingSafeEqual } from 'node:crypto';

const HEX_SHA512 = /^[0-9a-f]{128}$/i;

/** True if `signature` is the hexadecimal HMAC-SHA512 of exactly these bytes. Compared in constant time. */
export function isSignedBy(
  secret: string,
  { body, signature }: { body: Buffer; signature: string | undefined },
): boolean {
  if (signature === undefined || !HEX_SHA512.test(signature)) return false;
  const expected = createHmac('sha512', secret).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}

/** How far back a webhook's own time may lie (acceptance test I13). Stripe tolerates the same five minutes. */
const MAX_AGE_MS = 5 * 60_000;

/**
 * True if the sender says it made this request more than five minutes ago. The header is outside the signature, so this
 * keeps stale deliveries out and no attacker; a replayed message is harmless because it is a duplicate.
 */
export function isStale(timestampHeader: string | undefined, nowMs: number): boolean {
  if (timestampHeader === undefined || !/^\d{1,15}$/.test(timestampHeader)) return false;
  return nowMs - Number(timestampHeader) > MAX_AGE_MS;
}
