import { z } from 'zod';
import { sqlFile } from '../../database';
import { defineTool } from '../define-tool';
import { periodInput, readPeriod } from './agent-period';
import type { TurnAudit } from './audit-agent-responses';

export const getAgentKnowledgeGaps = defineTool({
  name: 'get_agent_knowledge_gaps',
  description:
    'Mostra sobre quais assuntos os agentes de IA menos sabem: sem memória para responder, ou repassados a pessoas.',
  input: z.strictObject(periodInput),
  output: z.object({
    gaps: z.array(
      z.object({
        intent: z.string(),
        turns: z.number(),
        without_memory: z.number(),
        handed_over: z.number(),
        gap: z.number(),
      }),
    ),
  }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [{ says: 'Em que o agente mais se perde?', arguments: {} }],
  async run(tx, period, { tenantId }) {
    const { from, to } = readPeriod(period);
    const sql = sqlFile('core/tools/sql/turn-audit.sql');
    const rows = await tx.$queryRawUnsafe<TurnAudit[]>(sql, tenantId, from.toISOString(), to.toISOString());
    const gaps = [...new Set(rows.map(({ intent }) => intent))].map((intent) => {
      const turns = rows.filter((row) => row.intent === intent);
      const without = turns.filter(({ memories }) => memories === 0).length;
      const handed = turns.filter(({ outcome }) => outcome === 'handed_over' || outcome === 'failed').length;
      const gap = Math.round(((without + handed) / (2 * turns.length)) * 100) / 100;
      return { intent, turns: turns.length, without_memory: without, handed_over: handed, gap };
    });
    return { gaps: gaps.toSorted((a, b) => b.gap - a.gap) };
  },
});
