import { z } from 'zod';
import { defineTool } from '../define-tool';

const cell = z.union([z.string().max(500), z.number(), z.boolean(), z.null()]);

export const formatTable = defineTool({
  name: 'format_table',
  description: 'Monta uma tabela em texto alinhado a partir de colunas e linhas.',
  input: z.strictObject({
    columns: z.array(z.string().min(1).max(100)).min(1).max(20),
    rows: z.array(z.array(cell).max(20)).max(200),
  }),
  output: z.object({ table: z.string() }),
  about: 'nothing',
  audience: 'staff',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [{ says: 'Mostra em tabela', arguments: { columns: ['Etapa', 'Contatos'], rows: [['Novo', 12]] } }],
  run(_tx, { columns, rows }) {
    const lines = [columns, ...rows.map((row) => columns.map((_column, index) => textOf(row[index])))];
    const widths = columns.map((_column, index) => Math.max(...lines.map((line) => [...(line[index] ?? '')].length)));
    const write = (line: string[]) =>
      line
        .map((text, index) => text + ' '.repeat((widths[index] ?? 0) - [...text].length))
        .join(' | ')
        .trimEnd();
    const [head = [], ...body] = lines;
    const rule = widths.map((width) => '-'.repeat(width)).join('-|-');
    return Promise.resolve({ table: [write(head), rule, ...body.map(write)].join('\n') });
  },
});

/** A line break within a cell would break the table. */
function textOf(value: string | number | boolean | null | undefined): string {
  return value === null || value === undefined ? '' : String(value).replace(/\s+/g, ' ');
}
