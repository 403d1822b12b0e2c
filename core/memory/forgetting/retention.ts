import { sqlFile, type Database, type Tx } from '../../database';
import { errorMessage } from '../../errors';
import type { Logger } from '../../logging/logger';
import type { MediaStore } from '../../media/store';
import { pause } from '../../pause';
import { isProjectionReady, requestProjection } from '../graph/projection/request';
import { deleteQueuedMedia } from './delete-media';

/** Days that a tenant keeps things; null is for ever. */
export interface Retention {
  /** What was derived from messages, their media, and what turns and tools were given of them. */
  memoryDays: number | null;
  /** The texts of messages. */
  messagesDays: number | null;
}

const FOR_EVER: Retention = { memoryDays: null, messagesDays: null };
const INTERVAL_MS = 3600 * 1000;
const ROWS_AT_ONCE = 500;

/** Each removes at most `ROWS_AT_ONCE` rows of what is older than so many days. */
const STEPS: readonly (readonly [string, keyof Retention, string])[] = [
  ['embeddings', 'memoryDays', 'core/memory/forgetting/sql/expire_vectors.sql'],
  ['facts', 'memoryDays', 'core/memory/forgetting/sql/expire_facts.sql'],
  ['session_summaries', 'memoryDays', 'core/memory/forgetting/sql/expire_summaries.sql'],
  ['media', 'memoryDays', 'core/memory/forgetting/sql/expire_media.sql'],
  ['posted_media', 'memoryDays', 'core/memory/forgetting/sql/expire_posted_media.sql'],
  ['readings', 'memoryDays', 'core/memory/forgetting/sql/expire_readings.sql'],
  ['graph_edges', 'memoryDays', 'core/memory/forgetting/sql/expire_graph.sql'],
  ['graph_nodes', 'memoryDays', 'core/memory/forgetting/sql/expire_graph_nodes.sql'],
  ['index_entries', 'memoryDays', 'core/memory/forgetting/sql/expire_index.sql'],
  ['decisions', 'memoryDays', 'core/memory/forgetting/sql/expire_decisions.sql'],
  ['decision_steps', 'memoryDays', 'core/memory/forgetting/sql/expire_steps.sql'],
  ['turn_replays', 'memoryDays', 'core/memory/forgetting/sql/expire_replays.sql'],
  ['approvals', 'memoryDays', 'core/memory/forgetting/sql/expire_approvals.sql'],
  ['agent_runs', 'memoryDays', 'core/memory/forgetting/sql/expire_agent_runs.sql'],
  ['tool_calls', 'memoryDays', 'core/memory/forgetting/sql/expire_tool_calls.sql'],
  ['messages', 'messagesDays', 'core/memory/forgetting/sql/expire_messages.sql'],
];

export async function getRetention(tx: Tx, tenantId: string): Promise<Retention> {
  const row = await tx.memoryRetention.findFirst({
    where: { tenantId },
    select: { memoryDays: true, messagesDays: true },
  });
  return row ?? FOR_EVER;
}

/** What is older goes within an hour, and cannot be brought back. */
export async function setRetention(tx: Tx, tenantId: string, retention: Retention): Promise<Retention> {
  const data = { ...retention, updatedAt: new Date() };
  await tx.memoryRetention.upsert({ where: { tenantId }, create: { tenantId, ...data }, update: data });
  return getRetention(tx, tenantId);
}

/**
 * Removes what a tenant does not keep any longer, in transactions of some hundred rows each.
 *
 * @returns rows and files by kind.
 */
export async function applyRetention(
  deps: { db: Database; mediaStore: MediaStore },
  tenantId: string,
  signal?: AbortSignal,
): Promise<Record<string, number>> {
  const removed: Record<string, number> = {};
  const retention = await deps.db.withTenant(tenantId, (tx) => getRetention(tx, tenantId));
  for (const [kind, setting, file] of STEPS) {
    const days = retention[setting];
    if (days === null) continue;
    for (let count = ROWS_AT_ONCE; count >= ROWS_AT_ONCE && !signal?.aborted;) {
      count = await deps.db.withTenant(tenantId, (tx) =>
        tx.$executeRawUnsafe(sqlFile(file), tenantId, days, ROWS_AT_ONCE),
      );
      removed[kind] = (removed[kind] ?? 0) + count;
    }
  }
  await deps.db.withTenant(tenantId, (tx) =>
    tx.$executeRawUnsafe(sqlFile('core/memory/forgetting/sql/delete_media_files.sql'), tenantId),
  );
  if ((removed['graph_edges'] ?? 0) > 0) await deps.db.withTenant(tenantId, (tx) => projectAgain(tx, tenantId));
  const files = await deleteQueuedMedia(deps, tenantId);
  return { ...removed, files };
}

/** The copy of a graph that is copied at all must not keep what the graph does not. */
async function projectAgain(tx: Tx, tenantId: string): Promise<void> {
  const isProjected = (await tx.graphProjection.count({ where: { tenantId } })) > 0;
  if (isProjected && (await isProjectionReady(tx))) await requestProjection(tx, tenantId);
}

/** Applies the retention of every tenant now and every hour, until `signal` aborts. What fails is left to the next round. */
export async function runRetention(
  deps: { db: Database; mediaStore: MediaStore; logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await applyAllRetentions(deps, signal);
    } catch (error) {
      deps.logger.error({ reason: errorMessage(error) }, 'retention could not be applied, trying again in an hour');
    }
    await pause(INTERVAL_MS, signal, { ref: false });
  }
}

/** Each tenant that keeps things for so many days, or has files waiting to be deleted; each for itself: one that fails keeps no other from its turn. */
export async function applyAllRetentions(
  deps: { db: Database; mediaStore: MediaStore; logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  const tenants = await deps.db.withSystem(async (tx) => [
    ...(await tx.memoryRetention.findMany({ select: { tenantId: true } })),
    ...(await tx.mediaDeletion.findMany({ select: { tenantId: true }, distinct: ['tenantId'] })),
  ]);
  for (const tenantId of new Set(tenants.map((tenant) => tenant.tenantId))) {
    if (signal.aborted) return;
    try {
      const removed = await applyRetention(deps, tenantId, signal);
      if (Object.values(removed).some((count) => count > 0))
        deps.logger.info({ tenantId, removed }, 'retention applied');
    } catch (error) {
      deps.logger.error({ tenantId, reason: errorMessage(error) }, 'retention of a project could not be applied');
    }
  }
}
