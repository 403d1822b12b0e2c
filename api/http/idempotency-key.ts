import { AppError } from '../../core/errors';

export const MAX_IDEMPOTENCY_KEY_LENGTH = 255;

/** The value of the header `Idempotency-Key`, or null without one. @throws AppError BAD_REQUEST */
export function idempotencyKey(header: string | undefined): string | null {
  if (header === undefined) return null;
  if (header.length >= 1 && header.length <= MAX_IDEMPOTENCY_KEY_LENGTH) return header;
  throw new AppError('BAD_REQUEST', `Idempotency-Key must have 1 to ${MAX_IDEMPOTENCY_KEY_LENGTH} characters`);
}
