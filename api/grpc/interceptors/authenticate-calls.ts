import { ServerInterceptingCall, type Metadata, type ServerInterceptor } from '@grpc/grpc-js';
import type { ApiKeyIdentity } from '../../../core/accounts/api-keys';
import type { Database } from '../../../core/database';
import { AppError } from '../../../core/errors';
import type { Logger } from '../../../core/logging/logger';
import { bearerKey, identityOf } from '../../api-key';
import { toAppError } from '../../http/errors';
import { toServiceError } from '../errors';
import { receivedCall } from '../received-call';
import { isPublic } from './public-services';

export interface AuthenticationDeps {
  db: Database;
  logger: Logger;
}

/** No handler runs for a caller without a good key, whatever the service; what the key may do is each method's question. */
export function authenticateCalls(deps: AuthenticationDeps): ServerInterceptor {
  return ({ path }, call) => {
    if (isPublic(path)) return new ServerInterceptingCall(call);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            identify(deps, metadata).then(
              (identity) => {
                receivedCall(metadata).identity = identity;
                pass(metadata);
              },
              (error: unknown) => {
                const known = toAppError(error);
                const { correlationId } = receivedCall(metadata);
                if (known.code !== 'UNAUTHORIZED') {
                  deps.logger.error({ err: error, method: path, correlationId }, 'an API key was not checked');
                }
                call.sendStatus(toServiceError(known));
              },
            );
          },
        }),
    });
  };
}

/** Whose key is in the metadata, `authorization: Bearer vk_…` or `x-api-key: vk_…`. @throws AppError UNAUTHORIZED */
async function identify(deps: AuthenticationDeps, metadata: Metadata): Promise<ApiKeyIdentity> {
  const key = apiKeyOf(metadata);
  if (!key) {
    throw new AppError('UNAUTHORIZED', 'Send an API key in the metadata: authorization: Bearer vk_…, or x-api-key');
  }
  return identityOf(deps, key);
}

function apiKeyOf(metadata: Metadata): string | null {
  const [authorization] = metadata.get('authorization');
  const bearer = bearerKey(String(authorization ?? ''));
  if (bearer) return bearer;
  const [header] = metadata.get('x-api-key');
  return header === undefined ? null : String(header);
}
