import { similarContacts } from '../../core/crm/similar-contacts';
import type { Database } from '../../core/database';
import type { Logger } from '../../core/logging/logger';
import { getContactContext, withinDeadline } from '../../core/memory';
import type { EmbedQuery } from '../deps';
import type { MemoryServiceServer } from './generated/ventros/memory/v1/memory';
import { presentContext, presentSimilar } from './present';
import { embedWithin } from './query-vector';
import { findSimilarContactsRequest, getContactContextRequest, readRequest } from './requests';
import { DATABASE_LIMIT_MS } from './serve';
import { readStrategy } from './strategies';
import { unary } from './unary';

interface ContextDeps {
  db: Database;
  logger: Logger;
  embedQuery: EmbedQuery;
}

/** What is known about a contact as a whole. */
export function contextMethods(
  deps: ContextDeps,
): Pick<MemoryServiceServer, 'getContactContext' | 'findSimilarContacts'> {
  return {
    getContactContext: unary(deps, {
      scope: 'memory.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, context) {
        const input = readRequest(getContactContextRequest, {
          contact_id: request.contactId,
          query: request.query,
          max_facts: request.maxFacts,
          max_messages: request.maxMessages,
          max_sessions: request.maxSessions,
          max_memories: request.maxMemories,
        });
        const known = await getContactContext(deps.db, {
          tenantId: context.tenantId,
          contactId: input.contact_id,
          query: input.query,
          queryVector: () => embedWithin(deps, request.query, context),
          strategy: readStrategy(request.strategy),
          limits: {
            facts: input.max_facts,
            messages: input.max_messages,
            sessions: input.max_sessions,
            memories: input.max_memories,
          },
          timeoutMs: context.deadline.remainingMs(),
        });
        return presentContext(known);
      },
    }),

    findSimilarContacts: unary(deps, {
      scope: 'contacts.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const input = readRequest(findSimilarContactsRequest, { contact_id: request.contactId, limit: request.limit });
        const found = await withinDeadline(deps.db, tenantId, deadline, (tx) =>
          similarContacts(tx, tenantId, { contactId: input.contact_id, limit: input.limit }),
        );
        return { contacts: found.map(presentSimilar) };
      },
    }),
  };
}
