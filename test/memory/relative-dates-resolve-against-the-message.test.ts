import assert from 'node:assert/strict';
import { DateTime } from 'luxon';
import { resolveRelativeDate } from '../../core/memory';
import { reconcileDates } from '../../core/memory/facts/rules';

const zone = 'America/Sao_Paulo';
// A Wednesday, late enough that UTC is on Thursday already.
const messageTime = DateTime.fromISO('2026-03-11T22:30', { zone }).toJSDate();
const local = (date: Date | undefined | null) =>
  date && DateTime.fromJSDate(date, { zone }).toFormat('yyyy-MM-dd HH:mm');

describe('relative dates resolve against the message', () => {
  for (const [text, start, end] of [
    ['Quero instalar amanhã', '2026-03-12', '2026-03-13'],
    ['depois de amanha não posso', '2026-03-13', '2026-03-14'],
    ['pode ser hoje?', '2026-03-11', '2026-03-12'],
    ['quero fechar na semana que vem', '2026-03-16', '2026-03-23'],
    ['na próxima semana', '2026-03-16', '2026-03-23'],
    ['sexta que vem', '2026-03-13', '2026-03-14'],
    ['na sexta-feira que vem às 15h', '2026-03-13', '2026-03-14'],
    ['próxima quarta', '2026-03-18', '2026-03-19'],
    ['quarta-feira que vem', '2026-03-18', '2026-03-19'],
    ['pode entregar no sábado', '2026-03-14', '2026-03-15'],
    ['viajo mês que vem', '2026-04-01', '2026-05-01'],
    ['a entrega é dia 05', '2026-04-05', '2026-04-06'],
    ['dia 31 eu pago', '2026-03-31', '2026-04-01'],
    ['marcado para 20/03', '2026-03-20', '2026-03-21'],
    ['casamento em 10/01', '2026-01-10', '2026-01-11'],
    ['entrega em 05/06/2027', '2027-06-05', '2027-06-06'],
    ['volta em 3 de maio', '2026-05-03', '2026-05-04'],
  ] as const) {
    it(text, () => {
      const resolved = resolveRelativeDate(text, messageTime, zone);
      assert.equal(local(resolved?.startsAt), `${start} 00:00`);
      assert.equal(local(resolved?.endsAt), `${end} 00:00`);
    });
  }

  it('a date without a year that passed long ago is the next one', () => {
    const resolved = resolveRelativeDate(
      'aniversário em 02/01',
      DateTime.fromISO('2026-11-20', { zone }).toJSDate(),
      zone,
    );
    assert.equal(local(resolved?.startsAt), '2027-01-02 00:00');
  });

  for (const text of [
    'quero um orçamento',
    '31/02 não existe',
    'meia porção 1/2',
    'na quarta parcela',
    'segunda via do boleto',
  ]) {
    it(`nothing in "${text}"`, () => assert.equal(resolveRelativeDate(text, messageTime, zone), null));
  }

  const fact = {
    type: 'timeline' as const,
    factText: 'Quer instalar na semana que vem.',
    messageText: 'quero instalar semana que vem',
    messageTime,
    timezone: zone,
    startsAt: null,
    endsAt: null,
  };
  it('fills what the model left out', () => {
    assert.equal(local(reconcileDates(fact).startsAt), '2026-03-16 00:00');
  });
  it('overrules a model that resolved against another day', () => {
    const dates = reconcileDates({ ...fact, startsAt: new Date('2026-11-30T00:00:00Z') });
    assert.equal(local(dates.startsAt), '2026-03-16 00:00');
  });
  it('keeps a more precise reading inside the phrase', () => {
    const startsAt = new Date('2026-03-18T15:00:00Z');
    assert.deepEqual(reconcileDates({ ...fact, startsAt }).startsAt, startsAt);
  });
  it('accepts the later Friday for "sexta que vem"', () => {
    const startsAt = new Date('2026-03-20T12:00:00Z');
    assert.deepEqual(reconcileDates({ ...fact, factText: 'Visita sexta que vem', startsAt }).startsAt, startsAt);
  });
  it('does not date a budget because its message also names a day', () => {
    const dates = reconcileDates({
      ...fact,
      type: 'budget',
      factText: 'Tem R$ 45 mil.',
      messageText: 'tenho 45 mil, vamos amanhã',
    });
    assert.deepEqual(dates, { startsAt: null, endsAt: null });
  });
});
