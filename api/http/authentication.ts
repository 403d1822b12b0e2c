import type { Request } from 'express';
import type { Database } from '../../core/database';
import { AppError } from '../../core/errors';
import type { Logger } from '../../core/logging/logger';
import { bearerKey, identityOf, requireScope } from '../api-key';
import type { Caller, Route } from './route';

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
  const key = bearerKey(request.headers.authorization ?? '');
  if (!key) throw new AppError('UNAUTHORIZED', 'Send an API key as Authorization: Bearer vk_…');
  const identity = await identityOf(deps, key);
  requireScope(identity, scope);
  return identity;
}
