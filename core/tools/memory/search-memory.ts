import { z } from 'zod';
import type { Database } from '../../database';
import { EMPTY_REASONS, searchMemory as search } from '../../memory';
import { embedQuery } from '../../memory/embed-query';
import { defineTool } from '../define-tool';
import { costSubjectOf } from './cost-subject';

const SEARCH_TIMEOUT_MS = 5_000;

export const searchMemory = defineTool({
  name: 'search_memory',
  description:
    'Procura no que este cliente já disse, enviou ou combinou, em qualquer data. Lista vazia com empty_reason: não sabemos; diga isso.',
  input: z.strictObject({
    query: z.string().min(1).max(500).describe('O que procurar, em palavras do cliente'),
    top_k: z.int().min(1).max(10).default(5),
  }),
  output: z.object({
    results: z.array(
      z.object({
        content: z.string(),
        score: z.number(),
        relevance: z.number().nullable(),
        source: z.string(),
        source_id: z.string(),
        at: z.string(),
      }),
    ),
    empty_reason: z.enum(EMPTY_REASONS).nullable(),
    degraded: z.array(z.string()),
  }),
  about: 'contact',
  audience: 'customer',
  access: 'read',
  scope: 'memory.view',
  cost: 'paid',
  callsPerMinute: 100,
  examples: [{ says: 'Qual era mesmo o meu orçamento?', arguments: { query: 'orçamento' } }],
  async look(deps, { query, top_k: topK }, { tenantId, contactId, turn, attempt }) {
    const subject = costSubjectOf({ contactId, turn });
    // The model has what it answers before it: as the first hit it would pass for something known from before.
    const excludeMessageIds = turn ? await messagesOf(deps.db, tenantId, turn.turnId) : [];
    const { results, emptyReason, degraded } = await search(deps.db, {
      tenantId,
      contactId,
      query,
      // Not paid for when an earlier answer serves.
      queryVector: () => embedQuery(deps, { tenantId, text: query, subject, ...attempt }, attempt.signal),
      topK,
      strategy: 'hybrid',
      excludeMessageIds,
      timeoutMs: SEARCH_TIMEOUT_MS,
    });
    return {
      results: results.map(({ content, score, relevance, source, sourceId, occurredAt }) => ({
        content,
        score,
        relevance,
        source,
        source_id: sourceId,
        at: occurredAt.toISOString(),
      })),
      empty_reason: emptyReason,
      degraded,
    };
  },
});

function messagesOf(db: Database, tenantId: string, groupId: string): Promise<string[]> {
  return db.withTenant(
    tenantId,
    async (tx) => {
      const rows = await tx.messageGroupMessage.findMany({ where: { tenantId, groupId }, select: { messageId: true } });
      return rows.map(({ messageId }) => messageId);
    },
    { isReadOnly: true },
  );
}
