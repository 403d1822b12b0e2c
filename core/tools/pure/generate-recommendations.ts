import { z } from 'zod';
import { recommendationsFor } from '../../crm/recommendations';
import { defineTool } from '../define-tool';

export const generateRecommendations = defineTool({
  name: 'generate_recommendations',
  description: 'Transforma notas de atendimento (0 a 100) em recomendações práticas, da mais urgente à menos urgente.',
  input: z.strictObject({
    scores: z
      .array(z.strictObject({ name: z.string().max(100), score: z.number().min(0).max(100) }))
      .min(1)
      .max(50),
  }),
  output: z.object({
    recommendations: z.array(z.object({ about: z.string(), score: z.number(), recommendation: z.string() })),
  }),
  about: 'nothing',
  audience: 'staff',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [{ says: 'O que melhorar?', arguments: { scores: [{ name: 'tone', score: 45 }] } }],
  run: (_tx, { scores }) => Promise.resolve({ recommendations: recommendationsFor(scores) }),
});
