import { sqlFile, type Database } from '../database';
import { AppError } from '../errors';
import type { Tool } from './types';

const RETRY_AFTER_MS = 5_000;

/**
 * Counts a call against the tool's rate for the tenant, shared by all processes. In a transaction of its own: a call that
 * fails was a call too.
 *
 * @throws AppError RATE_LIMIT_EXCEEDED
 */
export async function takeCall(db: Database, tenantId: string, tool: Tool): Promise<void> {
  const taken = await db.withTenant(tenantId, (tx) =>
    tx.$queryRawUnsafe<{ calls: number }[]>(
      sqlFile('core/tools/sql/take-call.sql'),
      tenantId,
      tool.name,
      tool.callsPerMinute,
    ),
  );
  if (taken.length > 0) return;
  throw new AppError(
    'RATE_LIMIT_EXCEEDED',
    `${tool.name} may be called ${tool.callsPerMinute} times a minute; try again in a few seconds`,
    { retryAfterMs: RETRY_AFTER_MS },
  );
}
