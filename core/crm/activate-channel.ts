import { z } from 'zod';
import type { Database } from '../database';
import { AppError, errorMessage } from '../errors';
import type { GuardedFetch } from '../media/guarded-fetch';
import type { SecretBox } from '../security/secret-box';
import { openWahaConnection, setChannelStatus, type Channel } from './channels';

/** Limit of a WAHA call (domain reference, section 12). */
const WAHA_TIMEOUT_MS = 10_000;

const sessionSchema = z.object({ status: z.string() });

/**
 * Asks WAHA whether the channel's session works, and only then switches the channel on. What WAHA said instead is kept in
 * the channel's last_error.
 *
 * @throws AppError NOT_FOUND, CHANNEL_UNAVAILABLE, CHANNEL_REJECTED, URL_FORBIDDEN
 */
export async function activateChannel(
  deps: { db: Database; secretBox: SecretBox; guardedFetch: GuardedFetch },
  { tenantId, channelId }: { tenantId: string; channelId: string },
): Promise<Channel> {
  const { db, secretBox, guardedFetch } = deps;
  const waha = await db.withTenant(tenantId, (tx) => openWahaConnection(tx, tenantId, { secretBox, channelId }));
  const problem = await wahaProblem(guardedFetch, waha);
  const status = problem ? 'inactive' : 'active';
  const lastError = problem?.message ?? null;
  const channel = await db.withTenant(tenantId, (tx) =>
    setChannelStatus(tx, tenantId, { channelId, status, lastError }),
  );
  if (problem) throw problem;
  return channel;
}

async function wahaProblem(
  guardedFetch: GuardedFetch,
  { baseUrl, apiKey, sessionId }: { baseUrl: string; apiKey: string; sessionId: string },
): Promise<AppError | null> {
  const url = `${baseUrl.replace(/\/+$/, '')}/api/sessions/${encodeURIComponent(sessionId)}`;
  let response: Awaited<ReturnType<GuardedFetch>>;
  let body: unknown;
  try {
    response = await guardedFetch(url, {
      headers: { 'x-api-key': apiKey, accept: 'application/json' },
      signal: AbortSignal.timeout(WAHA_TIMEOUT_MS),
    });
    body = await response.json();
  } catch (error) {
    if (error instanceof AppError) return error;
    // Whatever the network or a non-JSON answer threw, the meaning for the channel is the same.
    return new AppError('CHANNEL_UNAVAILABLE', `WAHA does not answer properly: ${errorMessage(error)}`, {
      cause: error,
    });
  }
  if (response.status === 401 || response.status === 403) {
    return new AppError('CHANNEL_REJECTED', 'WAHA refused the API key of this channel');
  }
  if (response.status === 404) return new AppError('CHANNEL_REJECTED', `WAHA has no session ${sessionId}`);
  if (!response.ok) return new AppError('CHANNEL_UNAVAILABLE', `WAHA answered ${response.status}`);
  const session = sessionSchema.safeParse(body);
  if (!session.success) return new AppError('CHANNEL_UNAVAILABLE', 'WAHA answered without the status of the session');
  if (session.data.status === 'WORKING') return null;
  return new AppError('CHANNEL_UNAVAILABLE', `The WAHA session is ${session.data.status}; it must be WORKING`);
}
