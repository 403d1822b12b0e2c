import { z } from 'zod';
import { searchMemory } from '../../memory';
import { embedQuery } from '../../memory/embed-query';
import type { Tool } from './types';

const SEARCH_TIMEOUT_MS = 5_000;

const input = z.strictObject({
  query: z.string().min(1).max(500).describe('O que procurar, em palavras do cliente'),
  top_k: z.int().min(1).max(10).default(5),
});

export const searchMemoryTool: Tool<typeof input> = {
  name: 'search_memory',
  description: 'Procura no que este cliente já disse, enviou ou combinou, em qualquer data.',
  input,
  access: 'read',
  async run({ query, top_k: topK }, { deps, ref, head, attempt, finish }) {
    const { tenantId, turnId } = ref;
    const subject = { contactId: head.contactId, conversationId: head.conversationId, groupId: turnId };
    const queryVector = await embedQuery(deps, { tenantId, text: query, subject, ...attempt }, attempt.signal);
    const { results, degraded } = await searchMemory(deps.db, {
      tenantId,
      contactId: head.contactId,
      query,
      queryVector,
      topK,
      strategy: 'hybrid',
      timeoutMs: SEARCH_TIMEOUT_MS,
    });
    await deps.db.withTenant(tenantId, (tx) =>
      finish(tx, {
        results: results.map(({ content, score, source, sourceId, occurredAt }) => ({
          content,
          score,
          source,
          source_id: sourceId,
          at: occurredAt.toISOString(),
        })),
        degraded,
      }),
    );
  },
};
