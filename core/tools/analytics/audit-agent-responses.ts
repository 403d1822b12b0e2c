import { z } from 'zod';
import { sqlFile } from '../../database';
import { defineTool } from '../define-tool';
import { periodInput, readPeriod } from './agent-period';
import { LIST_LIMIT } from '../paging';
import { time } from '../shapes';

export interface TurnAudit {
  turnId: string;
  agent: string;
  intent: string;
  confidence: number;
  outcome: string | null;
  memories: number;
  failedTools: number;
  at: Date;
}

const UNSURE_BELOW = 0.7;

export const auditAgentResponses = defineTool({
  name: 'audit_agent_responses',
  description:
    'Revisa respostas dos agentes de IA e aponta as que merecem atenção: sem memória, com ferramenta que falhou, repassadas.',
  input: z.strictObject({ ...periodInput, limit: z.int().min(1).max(LIST_LIMIT).default(20) }),
  output: z.object({
    turns: z.array(
      z.object({ turn_id: z.string(), agent: z.string(), intent: z.string(), flags: z.array(z.string()), at: time() }),
    ),
    reviewed: z.number(),
    flagged: z.number(),
  }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'audit.view',
  cost: 'free',
  examples: [{ says: 'Quais respostas preciso revisar?', arguments: {} }],
  async run(tx, { limit, ...period }, { tenantId }) {
    const { from, to } = readPeriod(period);
    const sql = sqlFile('core/tools/sql/turn-audit.sql');
    const rows = await tx.$queryRawUnsafe<TurnAudit[]>(sql, tenantId, from.toISOString(), to.toISOString());
    const flagged = rows.map((row) => ({ row, flags: flagsOf(row) })).filter(({ flags }) => flags.length > 0);
    return {
      turns: flagged.slice(0, limit).map(({ row: { turnId, agent, intent, at }, flags }) => ({
        turn_id: turnId,
        agent,
        intent,
        flags,
        at: at.toISOString(),
      })),
      reviewed: rows.length,
      flagged: flagged.length,
    };
  },
});

function flagsOf({ confidence, outcome, memories, failedTools }: TurnAudit): string[] {
  return [
    ...(outcome === 'handed_over' ? ['handed_over'] : []),
    ...(outcome === 'failed' ? ['failed'] : []),
    ...(failedTools > 0 ? ['tool_failed'] : []),
    ...(memories === 0 ? ['no_memory'] : []),
    ...(confidence < UNSURE_BELOW ? ['unsure_intent'] : []),
  ];
}
