import { z } from 'zod';
import { defineTool } from '../define-tool';

export const formatChartConfig = defineTool({
  name: 'format_chart_config',
  description: 'Prepara a configuração de um gráfico (barras, linhas ou pizza) a partir de rótulos e séries.',
  input: z
    .strictObject({
      type: z.enum(['bar', 'line', 'pie']),
      title: z.string().max(200).default(''),
      labels: z.array(z.string().max(100)).min(1).max(100),
      series: z
        .array(z.strictObject({ name: z.string().max(100), values: z.array(z.number()).max(100) }))
        .min(1)
        .max(10),
    })
    .refine(({ labels, series }) => series.every(({ values }) => values.length === labels.length), {
      message: 'every series needs one value for each label',
    }),
  output: z.object({
    type: z.string(),
    data: z.object({
      labels: z.array(z.string()),
      datasets: z.array(z.object({ label: z.string(), data: z.array(z.number()) })),
    }),
    options: z.object({ title: z.string(), begin_at_zero: z.boolean() }),
  }),
  about: 'nothing',
  audience: 'staff',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [
    {
      says: 'Faz um gráfico',
      arguments: { type: 'bar', labels: ['Novo'], series: [{ name: 'Contatos', values: [12] }] },
    },
  ],
  run: (_tx, { type, title, labels, series }) =>
    Promise.resolve({
      type,
      data: { labels, datasets: series.map(({ name, values }) => ({ label: name, data: values })) },
      options: { title, begin_at_zero: type !== 'pie' },
    }),
});
