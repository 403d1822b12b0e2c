import { authenticateApiKey, type ApiKeyIdentity } from '../core/accounts/api-keys';
import type { Scope } from '../core/accounts/scopes';
import type { Database } from '../core/database';
import { AppError } from '../core/errors';
import type { Logger } from '../core/logging/logger';

const BEARER = /^Bearer +(\S+) *$/i;

/** The key of `Bearer vk_…`. */
export function bearerKey(authorization: string): string | undefined {
  return BEARER.exec(authorization)?.[1];
}

/** Whose key it is. @throws AppError UNAUTHORIZED */
export async function identityOf(
  { db, logger }: { db: Database; logger: Logger },
  key: string,
): Promise<ApiKeyIdentity> {
  const identity = await authenticateApiKey(db, key, (error) =>
    logger.warn({ err: error }, 'the last use of an API key was not recorded'),
  );
  if (!identity) throw new AppError('UNAUTHORIZED', 'This API key is unknown or was revoked');
  return identity;
}

/** @throws AppError FORBIDDEN */
export function requireScope({ scopes }: { scopes: readonly Scope[] }, scope: Scope | 'self'): void {
  if (scope === 'self' || scopes.includes(scope)) return;
  throw new AppError('FORBIDDEN', `This API key does not have the scope ${scope}`);
}
