import { embedDocument, finishDocument, type KnowledgeDeps } from '../core/knowledge/embed-document';
import type { KnowledgeRef } from '../core/knowledge/types';
import { asActivities, currentAttempt } from './support';

export function createKnowledgeActivities(deps: KnowledgeDeps) {
  return asActivities({
    embedDocument: (ref: KnowledgeRef) => embedDocument(deps, ref, currentAttempt()),
    finishDocument: (of: KnowledgeRef & { errorCode?: string }) => finishDocument(deps, of),
  });
}

export type KnowledgeActivities = ReturnType<typeof createKnowledgeActivities>;
