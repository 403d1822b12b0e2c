import assert from 'node:assert/strict';
import { DateTime } from 'luxon';
import { parseDateText } from '../../core/crm/date-text';

/** A Wednesday. */
const NOW = DateTime.fromISO('2026-11-25T10:00:00', { zone: 'America/Sao_Paulo' });

const CASES: [string, string | null][] = [
  ['amanhã às 15h', '2026-11-26T15:00'],
  ['hoje às 18:30', '2026-11-25T18:30'],
  ['sexta', '2026-11-27T00:00'],
  ['quarta-feira', '2026-12-02T00:00'],
  ['depois de amanhã', '2026-11-27T00:00'],
  ['dia 25/12', '2026-12-25T00:00'],
  ['10/01', '2027-01-10T00:00'],
  ['5 de março de 2027 às 9h', '2027-03-05T09:00'],
  ['daqui a 2 horas', '2026-11-25T12:00'],
  ['em uma semana', '2026-12-02T00:00'],
  ['in 3 days', '2026-11-28T00:00'],
  ['tomorrow at 3 pm', '2026-11-26T15:00'],
  ['às 9h', '2026-11-26T09:00'],
  ['31/02', null],
  ['quando der', null],
];

describe('dates are read as people write them', () => {
  for (const [text, expected] of CASES) {
    it(text, () => assert.equal(parseDateText(text, NOW)?.at.toFormat("yyyy-MM-dd'T'HH:mm") ?? null, expected));
  }
});
