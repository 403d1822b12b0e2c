import { z } from 'zod';
import { meanScore, qualityOf } from '../../crm/message-quality';
import { defineTool } from '../define-tool';
import { periodInput, readPeriod, requireAgents, scoreShape, textsOf } from './agent-period';

export const analyzeAgentMessages = defineTool({
  name: 'analyze_agent_messages',
  description: 'Avalia as mensagens de uma pessoa ou agente: escrita, tom, tamanho e clareza, de 0 a 100.',
  input: z.strictObject({
    agent_id: z.guid(),
    ...periodInput,
    sample_size: z.int().min(1).max(200).default(50),
  }),
  output: z.object({ agent_id: z.string(), sampled: z.number(), overall: z.number(), scores: z.array(scoreShape) }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [{ says: 'Como a Ana escreve?', arguments: { agent_id: '01a20630-35d0-7562-8948-23743a1a6e08' } }],
  async run(tx, { agent_id: agentId, sample_size: sampleSize, ...period }, { tenantId, tell }) {
    await requireAgents(tx, tenantId, [agentId]);
    const texts = await textsOf(tx, tenantId, { agentId, sampleSize, ...readPeriod(period) });
    tell('analyzing', 0);
    const scores = texts.length === 0 ? [] : qualityOf(texts);
    return { agent_id: agentId, sampled: texts.length, overall: meanScore(scores), scores };
  },
});
