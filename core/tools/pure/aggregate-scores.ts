import { z } from 'zod';
import { defineTool } from '../define-tool';

export const aggregateScores = defineTool({
  name: 'aggregate_scores',
  description: 'Junta várias notas em uma só, pela média ponderada, e mostra a menor, a maior e o desvio.',
  input: z.strictObject({
    scores: z
      .array(z.strictObject({ name: z.string().max(100), score: z.number(), weight: z.number().positive().default(1) }))
      .min(1)
      .max(100),
  }),
  output: z.object({ mean: z.number(), lowest: z.string(), highest: z.string(), deviation: z.number() }),
  about: 'nothing',
  audience: 'staff',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [
    {
      says: 'Qual a nota geral?',
      arguments: {
        scores: [
          { name: 'tom', score: 80 },
          { name: 'clareza', score: 60 },
        ],
      },
    },
  ],
  run(_tx, { scores }) {
    const weights = scores.reduce((sum, { weight }) => sum + weight, 0);
    const mean = scores.reduce((sum, { score, weight }) => sum + score * weight, 0) / weights;
    const variance = scores.reduce((sum, { score, weight }) => sum + weight * (score - mean) ** 2, 0) / weights;
    const ordered = scores.toSorted((a, b) => a.score - b.score);
    return Promise.resolve({
      mean: Math.round(mean * 100) / 100,
      lowest: ordered[0]?.name ?? '',
      highest: ordered.at(-1)?.name ?? '',
      deviation: Math.round(Math.sqrt(variance) * 100) / 100,
    });
  },
});
