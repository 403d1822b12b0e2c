import { z } from 'zod';
import { sqlFile } from '../../database';
import { defineTool } from '../define-tool';
import { LIST_LIMIT } from '../paging';
import { time } from '../shapes';

interface ErrorRow {
  kind: string;
  id: string;
  code: string;
  at: Date;
}

export const getErrorLogs = defineTool({
  name: 'get_error_logs',
  description:
    'Lista as falhas recentes da empresa ou deste contato: mídias não lidas, envios que falharam, webhooks recusados.',
  input: z.strictObject({
    lookback_hours: z.int().min(1).max(720).default(24),
    limit: z.int().min(1).max(LIST_LIMIT).default(20),
  }),
  output: z.object({ errors: z.array(z.object({ kind: z.string(), id: z.string(), code: z.string(), at: time() })) }),
  about: 'any_contact',
  audience: 'staff',
  access: 'read',
  scope: 'audit.view',
  cost: 'free',
  examples: [{ says: 'Por que o áudio dele não foi lido?', arguments: { lookback_hours: 2 } }],
  async run(tx, { lookback_hours: hours, limit }, { tenantId, contactId }) {
    const sql = sqlFile('core/tools/sql/error-logs.sql');
    const rows = await tx.$queryRawUnsafe<ErrorRow[]>(sql, tenantId, contactId, hours, limit);
    return { errors: rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() })) };
  },
});
