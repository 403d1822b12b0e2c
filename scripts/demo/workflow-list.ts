import { Client, Connection } from '@temporalio/client';

export interface ListedWorkflow {
  type: string;
  workflowId: string;
  /** Temporal's name for it: RUNNING, COMPLETED, FAILED, … */
  status: string;
}

/** What the demo asks Temporal itself. */
export interface WorkflowList {
  /** Whether each of these has ended. One that was not started yet has not. */
  haveEnded(workflowIds: string[]): Promise<boolean>;
  ofTenant(tenantId: string): Promise<ListedWorkflow[]>;
  close(): Promise<void>;
}

export function connectWorkflowList(address: string, namespace: string): WorkflowList {
  const connection = Connection.lazy({ address });
  const { workflow } = new Client({ connection, namespace });
  async function ofTenant(tenantId: string): Promise<ListedWorkflow[]> {
    const found: ListedWorkflow[] = [];
    for await (const { type, workflowId, status } of workflow.list({ query: `VentrosTenantId = '${tenantId}'` })) {
      found.push({ type, workflowId, status: status.name });
    }
    return found.sort((a, b) => a.type.localeCompare(b.type) || a.workflowId.localeCompare(b.workflowId));
  }
  return {
    ofTenant,
    async haveEnded(workflowIds) {
      // The list lags behind by a moment, which only makes the wait that moment longer.
      const ids = workflowIds.map((id) => `WorkflowId = '${id}'`).join(' OR ');
      const ended = new Set<string>();
      for await (const { workflowId, status } of workflow.list({ query: ids })) {
        if (status.name !== 'RUNNING') ended.add(workflowId);
      }
      return workflowIds.every((id) => ended.has(id));
    },
    close: () => connection.close(),
  };
}
