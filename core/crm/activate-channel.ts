import { z } from 'zod';
import type { Database } from '../database';
import { AppError, errorMessage } from '../errors';
import type { GuardedFetch } from '../media/guarded-fetch';
import type { SecretBox } from '../security/secret-box';
import { openWahaConnection, recordFailedActivation, switchChannel, type Channel } from './channels';

/** Limit of a WAHA call (domain reference, section 12). */
const WAHA_TIMEOUT_MS = 10_000;

/** Only in the form of WAHA's states: what another host says is not passed on. */
const sessionSchema = z.object({ status: z.string().regex(/^[A-Z_]{1,40}$/) });

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
  if (problem) {
    const lastError = problem.message;
    await db.withTenant(tenantId, (tx) => recordFailedActivation(tx, tenantId, { channelId, lastError }));
    throw problem;
  }
  return db.withTenant(tenantId, (tx) => switchChannel(tx, tenantId, { channelId, isEnabled: true }));
}

async function wahaProblem(
  guardedFetch: GuardedFetch,
  { baseUrl, apiKey, sessionId }: { baseUrl: string; apiKey: string; sessionId: string },
): Promise<AppError | null> {
  const url = `${baseUrl.replace(/\/+$/, '')}/api/sessions/${encodeURIComponent(sessionId)}`;
  let response: Awaited<ReturnType<GuardedFetch>>;
  let text: string;
  try {
    response = await guardedFetch(url, {
      headers: { 'x-api-key': apiKey, accept: 'application/json' },
      signal: AbortSignal.timeout(WAHA_TIMEOUT_MS),
    });
    text = await response.text();
  } catch (error) {
    if (error instanceof AppError) return error;
    // Whatever the network threw, the meaning for the channel is the same.
    return new AppError('CHANNEL_UNAVAILABLE', `WAHA does not answer: ${errorMessage(error)}`, { cause: error });
  }
  if (response.status === 401 || response.status === 403) {
    return new AppError('CHANNEL_REJECTED', 'WAHA refused the API key of this channel');
  }
  if (response.status === 404) return new AppError('CHANNEL_REJECTED', `WAHA has no session ${sessionId}`);
  if (!response.ok) return new AppError('CHANNEL_UNAVAILABLE', `WAHA answered ${response.status}`);
  const status = sessionStatus(text);
  if (status === 'WORKING') return null;
  if (status === null) {
    return new AppError('CHANNEL_UNAVAILABLE', 'The host does not answer as WAHA does: check the base_url');
  }
  return new AppError('CHANNEL_UNAVAILABLE', `The WAHA session is ${status}; it must be WORKING`);
}

/** Null for any answer that WAHA would not give. */
function sessionStatus(text: string): string | null {
  try {
    return sessionSchema.safeParse(JSON.parse(text)).data?.status ?? null;
  } catch (error) {
    // Its message quotes the text, which may be that of any host: it must not reach the caller.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
