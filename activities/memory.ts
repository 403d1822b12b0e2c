import { embedFacts, embedMessages, embedNote, embedSummary } from '../core/memory/embed-texts';
import { extractFacts, planFacts } from '../core/memory/extract-facts';
import type { MemoryPipelineDeps } from '../core/memory/pipeline-deps';
import { planSummary, summarizeSession } from '../core/memory/summarize-session';
import { asActivities, currentAttempt } from './support';

interface MessagesOf {
  tenantId: string;
  messageIds: string[];
}

interface SessionOf {
  tenantId: string;
  sessionId: string;
}

export function createMemoryActivities(deps: MemoryPipelineDeps) {
  return asActivities({
    embedMessages: (of: MessagesOf & { turnId?: string }) => embedMessages(deps, of, currentAttempt()),
    embedFacts: (of: { tenantId: string; factIds: string[] }) => embedFacts(deps, of, currentAttempt()),
    planFacts: (of: MessagesOf) => planFacts(deps, of),
    extractFacts: (of: MessagesOf & { provider: string; problem?: string }) => extractFacts(deps, of, currentAttempt()),
    planSummary: (of: SessionOf) => planSummary(deps, of),
    summarizeSession: (of: SessionOf & { provider: string; problem?: string }) =>
      summarizeSession(deps, of, currentAttempt()),
    embedNote: (of: { tenantId: string; noteId: string }) => embedNote(deps, of, currentAttempt()),
    embedSummary: (of: SessionOf) => embedSummary(deps, of, currentAttempt()),
  });
}

export type MemoryActivities = ReturnType<typeof createMemoryActivities>;
