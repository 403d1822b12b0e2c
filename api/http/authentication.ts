import type { Request } from 'express';
import { authenticateApiKey } from '../../core/accounts/api-keys';
import type { Database } from '../../core/database';
import { AppError } from '../../core/errors';
import type { Logger } from '../../core/logging/logger';
import type { Caller, Route } from './route';

const BEARER = /^Bearer +(\S+) *$/i;

/**
 * Who calls, from `Authorization: Bearer vk_…`.
 *
 * @throws AppError UNAUTHORIZED, FORBIDDEN if the key lacks the route's scope.
 */
export async function authenticate(
  deps: { db: Database; logger: Logger },
  request: Request,
  scope: NonNullable<Route['scope']>,
): Promise<Caller> {
  const key = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (!key) throw new AppError('UNAUTHORIZED', 'Send an API key as Authorization: Bearer vk_…');
  const identity = await authenticateApiKey(deps.db, key, (error) =>
    deps.logger.warn({ err: error }, 'the last use of an API key was not recorded'),
  );
  if (!identity) throw new AppError('UNAUTHORIZED', 'This API key is unknown or was revoked');
  if (scope !== 'self' && !identity.scopes.includes(scope)) {
    throw new AppError('FORBIDDEN', `This API key does not have the scope ${scope}`);
  }
  return identity;
}
