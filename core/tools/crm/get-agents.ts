import { z } from 'zod';
import { defineTool } from '../define-tool';
import { LIST_LIMIT } from '../paging';

const TYPES = ['human', 'ai', 'bot'] as const;

export const getAgents = defineTool({
  name: 'get_agents',
  description: 'Lista as pessoas e os agentes de IA da equipe, com o estado de cada um.',
  input: z.strictObject({ type: z.enum(TYPES).optional() }),
  output: z.object({
    agents: z.array(
      z.object({ id: z.string(), name: z.string(), type: z.string(), role: z.string(), status: z.string() }),
    ),
  }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'members.view',
  cost: 'free',
  examples: [{ says: 'Quem está disponível no time?', arguments: { type: 'human' } }],
  async run(tx, { type }, { tenantId }) {
    const agents = await tx.agent.findMany({
      where: { tenantId, deletedAt: null, isActive: true, type: type ?? { in: [...TYPES] } },
      orderBy: [{ name: 'asc' }, { id: 'asc' }],
      take: LIST_LIMIT,
      select: { id: true, name: true, type: true, role: true, status: true },
    });
    return { agents };
  },
});
