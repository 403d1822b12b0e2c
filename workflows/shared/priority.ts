import type { Priority } from '@temporalio/common';

/**
 * Who goes first when there is a backlog. Within a key the tenants take turns (server flag `matching.enableFairness`), so
 * one that sends twenty times as much as the others delays mostly itself. Children and activities inherit it.
 *
 * @param priorityKey 1 (first) to 5 (last); 3 without it
 */
export function workflowPriority(of: { tenantId: string; priorityKey?: number | undefined }): Priority {
  return { fairnessKey: of.tenantId, ...(of.priorityKey === undefined ? {} : { priorityKey: of.priorityKey }) };
}
