import { Client, Connection, isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { Config } from '../core/config';
import { AppError } from '../core/errors';
import { isUuid } from '../core/ids';
import type { ContactWorkflows } from '../core/memory/forgetting/types';
import type { WorkflowKind } from '../workflows/shared/search-attributes';
import { asUnavailable } from './temporal-failures';

/** They wait up to a day for a provider, and nobody waits for them. */
const STOPPED: WorkflowKind[] = ['facts', 'embedding', 'session-summary'];
/** The customer waits for them. */
const AWAITED: WorkflowKind[] = ['turn', 'enrichment'];
const REASON = 'the contact is being forgotten';

/** Rare work: each call has a connection of its own, so that a worker that forgets nobody holds none. */
export function createContactWorkflows({
  TEMPORAL_ADDRESS: address,
  TEMPORAL_NAMESPACE: namespace,
}: Pick<Config, 'TEMPORAL_ADDRESS' | 'TEMPORAL_NAMESPACE'>): ContactWorkflows {
  async function withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const connection = Connection.lazy({ address });
    try {
      return await work(new Client({ connection, namespace }));
    } catch (error) {
      throw asUnavailable(error);
    } finally {
      await connection.close();
    }
  }

  return {
    quiesce: (tenantId, contactId) =>
      withClient(async (client) => {
        const running = `${of(tenantId, contactId)} and ExecutionStatus = 'Running'`;
        for await (const { workflowId, runId } of client.workflow.list({
          query: `${running} and ${kindIn(STOPPED)}`,
        })) {
          await unlessGone(() => client.workflow.getHandle(workflowId, runId).terminate(REASON));
        }
        const { count } = await client.workflow.count(`${running} and ${kindIn(AWAITED)}`);
        return count;
      }),

    removeHistories: (tenantId, contactId, onProgress) =>
      withClient(async (client) => {
        let removed = 0;
        const ended = `${of(tenantId, contactId)} and ExecutionStatus != 'Running'`;
        for await (const { workflowId, runId } of client.workflow.list({ query: ended })) {
          await unlessGone(() =>
            client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId, runId } }),
          );
          removed += 1;
          onProgress();
        }
        return removed;
      }),
  };
}

/** Ids are checked because the query language has no parameters. */
function of(tenantId: string, contactId: string): string {
  if (!isUuid(tenantId) || !isUuid(contactId)) throw new AppError('INTERNAL_ERROR', 'A workflow query needs ids');
  return `VentrosTenantId = '${tenantId}' and VentrosContactId = '${contactId}'`;
}

function kindIn(kinds: WorkflowKind[]): string {
  return `VentrosKind in (${kinds.map((kind) => `'${kind}'`).join(', ')})`;
}

/** It may have ended, or been deleted, since it was listed. */
async function unlessGone(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const isGone = error instanceof WorkflowNotFoundError || (isGrpcServiceError(error) && error.code === NOT_FOUND);
    if (!isGone) throw error;
  }
}

/** grpc.status.NOT_FOUND */
const NOT_FOUND = 5;
