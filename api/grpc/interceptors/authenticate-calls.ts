import { ServerInterceptingCall, type Metadata, type ServerInterceptor } from '@grpc/grpc-js';
import { authenticateApiKey, type ApiKeyIdentity } from '../../../core/accounts/api-keys';
import type { Database } from '../../../core/database';
import { AppError } from '../../../core/errors';
import type { Logger } from '../../../core/logging/logger';
import { toAppError } from '../../http/errors';
import { toServiceError } from '../errors';
import { receivedCall } from '../received-call';
import { isPublic } from './public-services';

const BEARER = /^Bearer +(\S+) *$/i;

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
async function identify({ db, logger }: AuthenticationDeps, metadata: Metadata): Promise<ApiKeyIdentity> {
  const key = apiKeyOf(metadata);
  if (!key) {
    throw new AppError('UNAUTHORIZED', 'Send an API key in the metadata: authorization: Bearer vk_…, or x-api-key');
  }
  const identity = await authenticateApiKey(db, key, (error) =>
    logger.warn({ err: error }, 'the last use of an API key was not recorded'),
  );
  if (!identity) throw new AppError('UNAUTHORIZED', 'This API key is unknown or was revoked');
  return identity;
}

function apiKeyOf(metadata: Metadata): string | null {
  const [authorization] = metadata.get('authorization');
  const bearer = BEARER.exec(String(authorization ?? ''))?.[1];
  if (bearer) return bearer;
  const [header] = metadata.get('x-api-key');
  return header === undefined ? null : String(header);
}
