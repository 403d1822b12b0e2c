import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import { listContacts } from '../../crm/contacts';
import { defineTool } from '../define-tool';

const MOST_ROWS = 1_000;

export const exportContacts = defineTool({
  name: 'export_contacts',
  description: 'Exporta contatos como CSV, filtrando por texto, etiqueta ou etapa do funil.',
  input: z.strictObject({
    search: z.string().trim().min(1).max(200).optional(),
    tag: z.string().max(100).optional(),
    pipeline_status: z.guid().optional(),
    limit: z.int().min(1).max(MOST_ROWS).default(MOST_ROWS),
  }),
  output: z.object({ csv: z.string(), rows: z.number(), has_more: z.boolean() }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'contacts.export',
  cost: 'free',
  callsPerMinute: 10,
  examples: [{ says: 'Exporta os clientes VIP', arguments: { tag: 'vip' } }],
  async run(tx, { search, tag, pipeline_status: statusId, limit }, { tenantId }) {
    const { items, nextAfter } = await listContacts(tx, tenantId, { limit, after: null, search, tag, statusId });
    const rows = items.map(({ id, name, email, phone, language, tags, createdAt }) => ({
      id,
      name,
      email,
      phone,
      language,
      tags: tags.join(';'),
      created_at: createdAt.toISOString(),
    }));
    const columns = ['id', 'name', 'email', 'phone', 'language', 'tags', 'created_at'];
    // A cell that begins like a formula would run in a spreadsheet: names come from customers.
    const csv = stringify(rows, { header: true, columns, escape_formulas: true });
    return { csv, rows: rows.length, has_more: nextAfter !== null };
  },
});
