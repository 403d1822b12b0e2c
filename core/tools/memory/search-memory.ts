import { z } from 'zod';
import { sqlFile, type Tx } from '../../database';
import {
  EMPTY_REASONS,
  SEARCH_TRANSACTION,
  searchMemory as search,
  searchMemoryIn,
  startDeadline,
  withinDeadline,
} from '../../memory';
import { embedsHere } from '../../memory/active-model';
import { embedHere, embedQuery } from '../../memory/embed-query';
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
    const request = { tenantId, contactId, query, topK, strategy: 'hybrid', timeoutMs: SEARCH_TIMEOUT_MS } as const;
    const read = async (tx: Tx) => {
      // The model has what it answers before it: as the first hit it would pass for something known from before.
      const [excludeMessageIds, isOurs] = await Promise.all([
        turn ? messagesOf(tx, tenantId, turn.turnId) : [],
        embedsHere(tx, tenantId, deps),
      ]);
      const queryVector = () => embedHere(deps, query, attempt.signal);
      // A question that no provider is asked about is searched for at once, in the same transaction.
      const found = isOurs ? await searchMemoryIn(tx, deps.db, { ...request, excludeMessageIds, queryVector }) : null;
      return { excludeMessageIds, found };
    };
    const deadline = startDeadline(SEARCH_TIMEOUT_MS);
    const { excludeMessageIds, found } = await withinDeadline(deps.db, tenantId, deadline, read, SEARCH_TRANSACTION);
    const subject = costSubjectOf({ contactId, turn });
    const { results, emptyReason, degraded } =
      found ??
      (await search(deps.db, {
        ...request,
        excludeMessageIds,
        // Not paid for when an earlier answer serves.
        queryVector: () => embedQuery(deps, { tenantId, text: query, subject, ...attempt }, attempt.signal),
      }));
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

async function messagesOf(tx: Tx, tenantId: string, turnId: string): Promise<string[]> {
  const text = sqlFile('core/tools/sql/turn-message-ids.sql');
  const rows = await tx.$queryRawUnsafe<{ id: string }[]>(text, tenantId, turnId);
  return rows.map(({ id }) => id);
}
