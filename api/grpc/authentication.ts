import type { Metadata } from '@grpc/grpc-js';
import { authenticateApiKey, type ApiKeyIdentity } from '../../core/accounts/api-keys';
import type { Scope } from '../../core/accounts/scopes';
import type { Database } from '../../core/database';
import { AppError } from '../../core/errors';
import type { Logger } from '../../core/logging/logger';

const BEARER = /^Bearer +(\S+) *$/i;

/**
 * Who calls, from the metadata `authorization: Bearer vk_…` or `x-api-key: vk_…`.
 *
 * @throws AppError UNAUTHORIZED; FORBIDDEN if the key lacks the scope or the request names another tenant.
 */
export async function authenticateCall(
  deps: { db: Database; logger: Logger },
  metadata: Metadata,
  { scope, tenantId }: { scope: Scope; tenantId: string },
): Promise<ApiKeyIdentity> {
  const key = apiKeyOf(metadata);
  if (!key)
    throw new AppError('UNAUTHORIZED', 'Send an API key in the metadata: authorization: Bearer vk_…, or x-api-key');
  const identity = await authenticateApiKey(deps.db, key, (error) =>
    deps.logger.warn({ err: error }, 'the last use of an API key was not recorded'),
  );
  if (!identity) throw new AppError('UNAUTHORIZED', 'This API key is unknown or was revoked');
  if (!identity.scopes.includes(scope)) {
    throw new AppError('FORBIDDEN', `This API key does not have the scope ${scope}`);
  }
  // The key decides. A client that believes to be another tenant is told so instead of being given the wrong rows.
  if (tenantId !== '' && tenantId.toLowerCase() !== identity.tenantId) {
    throw new AppError('FORBIDDEN', 'tenant_id is not the tenant of this API key; leave it empty');
  }
  return identity;
}

function apiKeyOf(metadata: Metadata): string | null {
  const [authorization] = metadata.get('authorization');
  const bearer = BEARER.exec(String(authorization ?? ''))?.[1];
  if (bearer) return bearer;
  const [header] = metadata.get('x-api-key');
  return header === undefined ? null : String(header);
}
