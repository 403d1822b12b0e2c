import { Client, Connection, isGrpcServiceError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { ConversationKey } from '../../core/conversation/types';
import type { ReplayEnd } from '../../core/agents/replay/types';
import type { WorkflowPresence } from '../../core/enrichment/lost';
import { AppError, ERROR_TABLE, type ErrorCode } from '../../core/errors';
import { conversationWorkflowId } from '../../workflows/conversation/ids';
import { getState } from '../../workflows/conversation/messages';
import type { ConversationState } from '../../workflows/conversation/types';
import { dayReplayWorkflowId } from '../../workflows/day-replay/ids';
import type { DayReplayInput, DayReplayProgress } from '../../workflows/day-replay/types';
import { factsWorkflowId } from '../../workflows/facts/ids';
import type { ExtractFactsInput, ExtractFactsResult } from '../../workflows/facts/types';
import { QUEUES } from '../../workflows/shared/queues';
import { workflowPriority } from '../../workflows/shared/priority';
import { searchAttributes } from '../../workflows/shared/search-attributes';
import { turnReplayWorkflowId } from '../../workflows/turn-replay/ids';
import type { TurnReplayInput } from '../../workflows/turn-replay/types';
import { missingPollers, type QueuePollers } from './worker-pollers';

/** What the edge asks of Temporal. Nothing here connects before it is used, and a lost connection comes back by itself. */
export interface WorkflowGateway {
  /** Null if this conversation has no workflow. @throws AppError WORKFLOWS_UNAVAILABLE */
  conversationState(key: ConversationKey): Promise<ConversationState | null>;
  /** Of the newest run of the workflow with this id. @throws AppError WORKFLOWS_UNAVAILABLE */
  presenceOf(workflowId: string): Promise<WorkflowPresence>;
  /** Ids of the facts of one message. @throws AppError WORKFLOWS_UNAVAILABLE, TIMEOUT */
  extractFacts(request: {
    tenantId: string;
    messageId: string;
    contactId: string;
    timeoutMs: number;
    signal: AbortSignal;
  }): Promise<string[]>;
  /** False: it is not finished yet, and goes on. @throws AppError WORKFLOWS_UNAVAILABLE */
  replayTurn(request: TurnReplayInput & { timeoutMs: number; signal: AbortSignal }): Promise<boolean>;
  /** @throws AppError WORKFLOWS_UNAVAILABLE */
  replayDay(input: DayReplayInput): Promise<void>;
  isReachable(timeoutMs: number): Promise<boolean>;
  /** Names of the queues nobody polls. @throws AppError WORKFLOWS_UNAVAILABLE */
  queuesWithoutWorkers(timeoutMs: number): Promise<string[]>;
  close(): Promise<void>;
}

/** By name, because the edge must not load workflow code. */
const FACTS_WORKFLOW = 'extractFactsWorkflow';
const TURN_REPLAY_WORKFLOW = 'turnReplayWorkflow';
const DAY_REPLAY_WORKFLOW = 'dayReplayWorkflow';
/** Customers' turns go first. */
const REPLAY_PRIORITY = 5;
/** A person waits for the answer, and the database part is useful without it. */
const QUERY_TIMEOUT_MS = 3000;
/** A server that is there accepts at once; this is what a request costs while it is not. */
const CONNECT_TIMEOUT_MS = 1000;

export function createWorkflowGateway(options: { address: string; namespace: string }): WorkflowGateway {
  let open: { connection: Connection; client: Client } | null = null;

  /** `ensureConnected` keeps its first failure for ever, so a connection that never came up is thrown away. */
  async function connected(timeoutMs: number): Promise<Client> {
    if (open) return open.client;
    const connection = Connection.lazy({
      address: options.address,
      connectTimeout: Math.min(timeoutMs, CONNECT_TIMEOUT_MS),
    });
    try {
      await connection.ensureConnected();
    } catch (cause) {
      await connection.close();
      throw unavailable(cause);
    }
    // Two requests may have connected at once: the first to arrive here stays.
    if (open) await connection.close();
    else open = { connection, client: new Client({ connection, namespace: options.namespace }) };
    return (open as { client: Client }).client;
  }

  return {
    async conversationState(key) {
      const client = await connected(QUERY_TIMEOUT_MS);
      const handle = client.workflow.getHandle(conversationWorkflowId(key));
      try {
        return await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => handle.query(getState));
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw isTemporalTrouble(error) ? unavailable(error) : error;
      }
    },

    async presenceOf(workflowId) {
      const client = await connected(QUERY_TIMEOUT_MS);
      const handle = client.workflow.getHandle(workflowId);
      try {
        const { status } = await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => handle.describe());
        return status.name === 'RUNNING' ? 'running' : 'ended';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'absent';
        throw isTemporalTrouble(error) ? unavailable(error) : error;
      }
    },

    async extractFacts({ tenantId, messageId, contactId, timeoutMs, signal }) {
      const client = await connected(Math.min(timeoutMs, QUERY_TIMEOUT_MS));
      const input: ExtractFactsInput = { tenantId, messageIds: [messageId] };
      const run = () =>
        client.withDeadline(Date.now() + timeoutMs, () =>
          client.workflow.execute<(input: ExtractFactsInput) => Promise<ExtractFactsResult>>(FACTS_WORKFLOW, {
            taskQueue: QUEUES.workflows,
            workflowId: factsWorkflowId({ tenantId, turnId: messageId }),
            args: [input],
            typedSearchAttributes: searchAttributes({ tenantId, kind: 'facts', contactId }),
            priority: workflowPriority({ tenantId }),
            workflowIdConflictPolicy: 'USE_EXISTING',
          }),
        );
      try {
        const { factIds } = await client.withAbortSignal(signal, run);
        return factIds;
      } catch (error) {
        if (isDeadline(error)) {
          throw new AppError('TIMEOUT', 'The facts were not ready in time; they will be stored', { cause: error });
        }
        throw failureOf(error) ?? (isTemporalTrouble(error) ? unavailable(error) : error);
      }
    },

    async replayTurn({ timeoutMs, signal, ...input }) {
      const client = await connected(QUERY_TIMEOUT_MS);
      const { tenantId } = input;
      try {
        const handle = await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
          client.workflow.start<(input: TurnReplayInput) => Promise<ReplayEnd>>(TURN_REPLAY_WORKFLOW, {
            taskQueue: QUEUES.workflows,
            workflowId: turnReplayWorkflowId(input),
            args: [input],
            typedSearchAttributes: searchAttributes({ tenantId, kind: 'turn-replay' }),
            priority: workflowPriority({ tenantId, priorityKey: REPLAY_PRIORITY }),
          }),
        );
        const result = () => client.withDeadline(Date.now() + timeoutMs, () => handle.result());
        await client.withAbortSignal(signal, result);
        return true;
      } catch (error) {
        if (isDeadline(error)) return false;
        throw isTemporalTrouble(error) ? unavailable(error) : error;
      }
    },

    async replayDay(input) {
      const client = await connected(QUERY_TIMEOUT_MS);
      const { tenantId } = input;
      try {
        await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
          client.workflow.start<(input: DayReplayInput) => Promise<DayReplayProgress>>(DAY_REPLAY_WORKFLOW, {
            taskQueue: QUEUES.workflows,
            workflowId: dayReplayWorkflowId(input),
            args: [input],
            typedSearchAttributes: searchAttributes({ tenantId, kind: 'day-replay' }),
            priority: workflowPriority({ tenantId, priorityKey: REPLAY_PRIORITY }),
          }),
        );
      } catch (error) {
        throw isTemporalTrouble(error) ? unavailable(error) : error;
      }
    },

    async isReachable(timeoutMs) {
      try {
        const client = await connected(timeoutMs);
        await client.withDeadline(Date.now() + timeoutMs, () => client.workflowService.getSystemInfo({}));
        return true;
      } catch (error) {
        if (error instanceof AppError || isTemporalTrouble(error)) return false;
        throw error;
      }
    },

    async queuesWithoutWorkers(timeoutMs) {
      const client = await connected(timeoutMs);
      const describe = async (name: string, taskQueueType: 1 | 2): Promise<QueuePollers> => {
        const { pollers } = await client.workflowService.describeTaskQueue({
          namespace: options.namespace,
          taskQueue: { name },
          taskQueueType,
        });
        return { name, lastSeen: (pollers ?? []).map((poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1000) };
      };
      try {
        const queues = await client.withDeadline(Date.now() + timeoutMs, () =>
          Promise.all([describe(QUEUES.workflows, 1), ...Object.values(QUEUES).map((queue) => describe(queue, 2))]),
        );
        return missingPollers(queues, Date.now());
      } catch (error) {
        throw isTemporalTrouble(error) ? unavailable(error) : error;
      }
    },

    async close() {
      await open?.connection.close();
      open = null;
    },
  };
}

function unavailable(cause: unknown): AppError {
  return new AppError('WORKFLOWS_UNAVAILABLE', 'Temporal does not answer', { cause, retryAfterMs: 5000 });
}

/** grpc.status.DEADLINE_EXCEEDED and CANCELLED. */
const DEADLINE_CODES = new Set([1, 4]);

function isDeadline(error: unknown): boolean {
  const grpcError = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
  return isGrpcServiceError(grpcError) && DEADLINE_CODES.has(grpcError.code);
}

function isTemporalTrouble(error: unknown): boolean {
  return isGrpcServiceError(error) || (error instanceof Error && isGrpcServiceError(error.cause));
}

/** Why a workflow failed, by the code its activities gave. */
function failureOf(error: unknown): AppError | null {
  if (!(error instanceof WorkflowFailedError) || !(error.cause instanceof ApplicationFailure)) return null;
  const { type, message } = error.cause;
  return type && isErrorCode(type) ? new AppError(type, message, { cause: error }) : null;
}

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, text);
}
