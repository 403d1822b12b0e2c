import { sqlFile, type Database, type Tx } from '../../database';
import { forgettingProjection } from '../graph/projection/forget';
import { getErasure, reportRemoved } from './erasures';
import type { ErasureRef, ErasureScope } from './types';

/** In this order: what refers to something goes before it, and media are queued while it is known who uses them. */
const MEMORY = [
  ['embeddings', 'core/memory/forgetting/sql/erase_vectors.sql'],
  ['fact_changes', 'core/memory/forgetting/sql/erase_fact_changes.sql'],
  ['facts', 'core/memory/forgetting/sql/erase_facts.sql'],
  ['session_summaries', 'core/memory/forgetting/sql/erase_summaries.sql'],
  ['media', 'core/memory/forgetting/sql/queue_media.sql'],
  ['media_references', 'core/memory/forgetting/sql/detach_media.sql'],
  ['readings', 'core/memory/forgetting/sql/erase_readings.sql'],
  ['graph_edges', 'core/memory/forgetting/sql/erase_graph.sql'],
  ['index_entries', 'core/memory/forgetting/sql/erase_index.sql'],
  ['decisions', 'core/memory/forgetting/sql/erase_decisions.sql'],
  ['decision_steps', 'core/memory/forgetting/sql/erase_steps.sql'],
  ['turn_replays', 'core/memory/forgetting/sql/erase_replays.sql'],
  ['approvals', 'core/memory/forgetting/sql/erase_approvals.sql'],
  ['agent_runs', 'core/memory/forgetting/sql/erase_agent_runs.sql'],
  ['tool_calls', 'core/memory/forgetting/sql/erase_tool_calls.sql'],
  ['handover_reasons', 'core/memory/forgetting/sql/erase_handler_reasons.sql'],
] as const;

const EVERYTHING = [
  ...MEMORY,
  ['messages', 'core/memory/forgetting/sql/erase_messages.sql'],
  ['follow_ups', 'core/memory/forgetting/sql/erase_follow_ups.sql'],
  ['tickets', 'core/memory/forgetting/sql/erase_tickets.sql'],
  ['notes', 'core/memory/forgetting/sql/erase_notes.sql'],
  ['retention_offers', 'core/memory/forgetting/sql/erase_offers.sql'],
  ['contact_events', 'core/memory/forgetting/sql/erase_events.sql'],
] as const;

const STEPS: Record<ErasureScope, readonly (readonly [string, string])[]> = { memory: MEMORY, everything: EVERYTHING };

/** A contact of years has tens of thousands of rows. */
const TIMEOUT_MS = 120_000;

/** Removes what is remembered of a contact, in one transaction: it is forgotten whole or not at all. */
export function eraseContact(db: Database, { tenantId, erasureId }: ErasureRef): Promise<void> {
  return db.withTenant(tenantId, (tx) => eraseIn(tx, tenantId, erasureId), { timeoutMs: TIMEOUT_MS });
}

async function eraseIn(tx: Tx, tenantId: string, erasureId: string): Promise<void> {
  const { contactId, scope } = await getErasure(tx, tenantId, erasureId);
  await tx.memoryErasure.updateMany({
    where: { tenantId, id: erasureId, startedAt: null },
    data: { status: 'running', startedAt: new Date() },
  });
  await tx.$executeRawUnsafe(sqlFile('core/memory/forgetting/sql/mark_forgotten.sql'), tenantId, contactId);
  const counts: Record<string, number> = {};
  counts['projected'] = await forgettingProjection(tx, { tenantId, contactId }, async () => {
    for (const [kind, file] of STEPS[scope])
      counts[kind] = await tx.$executeRawUnsafe(sqlFile(file), tenantId, contactId);
  });
  await tx.$executeRawUnsafe(sqlFile('core/memory/forgetting/sql/delete_media_files.sql'), tenantId);
  await reportRemoved(tx, tenantId, erasureId, counts);
}
