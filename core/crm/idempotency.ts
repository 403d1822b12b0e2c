import { createHash } from 'node:crypto';
import { sqlFile, type Prisma, type Tx } from '../database';
import { AppError } from '../errors';

export interface IdempotentRequest {
  tenantId: string;
  /** The operation the key belongs to, for example `POST /api/v1/messages/send`. */
  route: string;
  key: string;
  /** The request's body after validation, so that formatting makes no difference. */
  body: unknown;
}

export interface IdempotentResponse<T> {
  status: number;
  body: T;
  /** True if this is the stored answer of an earlier request. */
  isReplay: boolean;
}

/**
 * Runs `work` once per key, in the caller's transaction, and stores its answer for 24 hours. What `work` throws is not
 * stored: the transaction is rolled back and the same key may be tried again.
 *
 * The primary key of the table decides; the advisory lock only turns waiting for another request into an answer.
 *
 * @throws AppError IDEMPOTENCY_KEY_REUSED (same key, other body), IDEMPOTENCY_IN_FLIGHT
 */
export async function runOnce<T extends Prisma.InputJsonObject>(
  tx: Tx,
  request: IdempotentRequest,
  work: () => Promise<{ status: number; body: T }>,
): Promise<IdempotentResponse<Prisma.JsonValue>> {
  const { tenantId, route, key } = request;
  const [lock] = await tx.$queryRawUnsafe<{ isMine: boolean }[]>(
    sqlFile('core/crm/sql/lock_idempotency_key.sql'),
    tenantId,
    route,
    key,
  );
  if (!lock?.isMine) throw inFlight();

  const bodyHash = createHash('sha256').update(canonicalJson(request.body)).digest('hex');
  const claimed = await tx.$queryRawUnsafe<{ key: string }[]>(
    sqlFile('core/crm/sql/claim_idempotency_key.sql'),
    tenantId,
    route,
    key,
    bodyHash,
  );
  if (claimed.length === 0) return replay(tx, { ...request, bodyHash });

  const { status, body } = await work();
  await tx.idempotencyKey.update({
    where: { tenantId_route_key: { tenantId, route, key } },
    data: { responseStatus: status, responseBody: body },
  });
  return { status, body: body as Prisma.JsonObject, isReplay: false };
}

async function replay(
  tx: Tx,
  { tenantId, route, key, bodyHash }: IdempotentRequest & { bodyHash: string },
): Promise<IdempotentResponse<Prisma.JsonValue>> {
  const stored = await tx.idempotencyKey.findUnique({ where: { tenantId_route_key: { tenantId, route, key } } });
  if (!stored || stored.responseStatus === null) throw inFlight();
  if (stored.bodyHash !== bodyHash) {
    throw new AppError('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key came with another body before; use a new key');
  }
  return { status: stored.responseStatus, body: stored.responseBody, isReplay: true };
}

function inFlight(): AppError {
  return new AppError('IDEMPOTENCY_IN_FLIGHT', 'A request with this Idempotency-Key is still running; try again', {
    retryAfterMs: 1000,
  });
}

/** JSON with sorted names: the same content is the same text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
