import { DateTime } from 'luxon';
import { z } from 'zod';
import { defineTool } from '../define-tool';
import { parseDateText } from '../../crm/date-text';

export const parseDate = defineTool({
  name: 'parse_date',
  description:
    'Transforma um dia ou hora escrito em palavras ("amanhã às 15h", "sexta", "25/12", "in 2 days") em data exata.',
  input: z.strictObject({
    text: z.string().trim().min(1).max(200),
    timezone: z.string().max(64).default('America/Sao_Paulo'),
    now: z.iso.datetime({ offset: true }).optional().describe('A partir de quando contar; agora, quando ausente'),
  }),
  output: z.object({ at: z.string().nullable(), has_time: z.boolean(), text: z.string() }),
  about: 'nothing',
  audience: 'customer',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [{ says: 'Me chama amanhã às 15h', arguments: { text: 'amanhã às 15h' } }],
  run(_tx, { text, timezone, now }) {
    const from = DateTime.fromISO(now ?? new Date().toISOString(), { zone: timezone });
    const found = parseDateText(text, from.isValid ? from : DateTime.now());
    return Promise.resolve({ at: found?.at.toISO() ?? null, has_time: found?.hasTime ?? false, text });
  },
});
