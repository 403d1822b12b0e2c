import { setTimeout as sleep } from 'node:timers/promises';
import type { Tx } from '../../core/database';
import type { Stage } from './stage';

/** What is not done yet of a tenant's conversations. All zero: everything that was asked for has happened. */
export interface Unfinished {
  /** Outbox events that drive workflows and were not delivered. */
  events: number;
  /** Messages of customers that no turn has taken. */
  unansweredMessages: number;
  /** Turns without an outcome. */
  openTurns: number;
  /** Messages of ours that are still on their way. */
  unsentMessages: number;
  /** Workflows that are running, but for those that wait for somebody: the customer to write again, or a person to come. */
  runningWorkflows: number;
}

const POLL_MS = 250;

/** For conversations whose agents are on: elsewhere a message waits for no turn. */
export async function unfinished({ db, client }: Stage, tenantId: string): Promise<Unfinished> {
  const events = await db.withSystem((tx) =>
    tx.outboxEvent.count({ where: { tenantId, status: { in: ['pending', 'processing'] } } }),
  );
  const rows = await db.withTenant(tenantId, async (tx) => {
    const openGroups = await tx.messageGroup.count({ where: { tenantId, status: { in: ['pending', 'processing'] } } });
    const openRecords = await tx.decisionRecord.count({ where: { tenantId, outcome: null } });
    const unsentMessages = await tx.message.count({ where: { tenantId, status: { in: ['queued', 'sending'] } } });
    return {
      unansweredMessages: await unansweredMessages(tx, tenantId),
      openTurns: Math.max(openGroups, openRecords),
      unsentMessages,
    };
  });
  const { count } = await client.workflow.count(running(tenantId));
  return { events, ...rows, runningWorkflows: count };
}

/** The types of the workflows that `runningWorkflows` counts, to know where to look. */
export async function runningTypes({ client }: Stage, tenantId: string): Promise<string> {
  const types: string[] = [];
  for await (const { type } of client.workflow.list({ query: running(tenantId) })) types.push(type);
  return types.sort().join(', ') || 'none';
}

function running(tenantId: string): string {
  return `VentrosTenantId = '${tenantId}' AND ExecutionStatus = 'Running' AND VentrosKind not in ('conversation', 'handover')`;
}

/** Messages of customers that are stored and in no turn. */
export async function unansweredMessages(tx: Tx, tenantId: string): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>`
    select count(*)::integer as count from messages m where m.tenant_id = ${tenantId}::uuid and not m.from_me and not exists (
      select from message_group_messages g where g.tenant_id = m.tenant_id and g.message_id = m.id and g.kind = 'messages')`;
  return row?.count ?? 0;
}

/**
 * Waits until nothing is unfinished.
 *
 * @returns what still is when the time is up; all zero otherwise.
 */
export async function untilSettled(
  stage: Stage,
  tenantId: string,
  { limitMs, onLook }: { limitMs: number; onLook?: (left: Unfinished) => void },
): Promise<Unfinished> {
  for (const deadline = Date.now() + limitMs; ; await sleep(POLL_MS)) {
    const left = await unfinished(stage, tenantId);
    onLook?.(left);
    if (isNothing(left) || Date.now() > deadline) return left;
  }
}

/** Waits until WAHA has delivered every webhook, those that it had to retry too, or has given up. */
export async function untilDelivered({ simulator }: Stage): Promise<void> {
  while (simulator.waha.pendingDeliveries() > 0) await sleep(POLL_MS);
}

export function isNothing(left: Unfinished): boolean {
  return Object.values(left).every((count) => count === 0);
}
