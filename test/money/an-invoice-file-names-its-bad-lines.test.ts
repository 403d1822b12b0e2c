import assert from 'node:assert/strict';
import { isAppError } from '../../core/errors';
import { parseInvoice, readInvoiceFile } from '../../core/money/invoice-file';

const HEADER = 'provider,model,unit,quantity,amount_micros,amount_usd,request_id,date';
const GOOD = 'openai,gpt-6-luna,input_tokens,1000,100,,req_1,2026-11-22T10:00:00Z';
const ENTRY = {
  provider: 'groq',
  model: 'w',
  unit: 'audio_seconds',
  quantity: 12.5,
  amount_usd: 0.01,
  date: '2026-11-22',
};

describe('an invoice file names its bad lines', () => {
  it('reads CSV, with a byte order mark, quotes, other columns and either currency', () => {
    const csv = `\uFEFFDate,${HEADER.replace(',date', '')},region\r\n2026-11-22,"openai",gpt-6-luna,output_tokens,7,,0.0000035,,eu\r\n`;
    const [line] = parseInvoice(csv, 'november.csv');
    assert.equal(line?.amountMicros.toFixed(6), '3.500000');
    assert.deepEqual(
      [line?.line, line?.provider, line?.unit, line?.quantity, line?.requestId, line?.at.toISOString()],
      [2, 'openai', 'output_tokens', 7, null, '2026-11-22T00:00:00.000Z'],
    );
  });

  it('reads JSON, a list or an object with lines', () => {
    for (const json of [[ENTRY], { lines: [ENTRY] }]) {
      const [line] = parseInvoice(JSON.stringify(json), 'november.json');
      assert.deepEqual([line?.quantity, line?.amountMicros, line?.requestId], [12.5, 10_000, null]);
    }
  });

  const BAD_CSV: [name: string, line: string, says: RegExp][] = [
    ['an unknown unit', GOOD.replace('input_tokens', 'furlongs'), /line 3: unit must be one of input_tokens/],
    ['a negative quantity', GOOD.replace('1000', '-5'), /line 3: quantity must be a number, not negative/],
    ['a quantity that is no number', GOOD.replace('1000', 'many'), /line 3: quantity must be a number/],
    ['a negative amount', GOOD.replace(',100,', ',-1,'), /line 3: amount_micros must not be negative/],
    ['no amount', GOOD.replace(',100,', ',,'), /line 3: amount_micros or amount_usd must be given, one of the two/],
    ['both amounts', GOOD.replace(',100,,', ',100,1,'), /line 3: amount_micros or amount_usd must be given, one of/],
    ['no provider', GOOD.replace('openai', ''), /line 3: provider is missing/],
    ['a day that is none', GOOD.replace('2026-11-22T10:00:00Z', '22/11/2026'), /line 3: date must be a day such as/],
    ['a column too few', 'openai,gpt-6-luna', /line 3/],
    ['an open quote', `"${GOOD}`, /line 3/],
  ];
  for (const [name, line, says] of BAD_CSV) {
    it(`refuses ${name}`, () => refuses(`${HEADER}\n${GOOD}\n${line}\n`, 'november.csv', says));
  }

  it('refuses amounts of another currency, which would agree by chance', () => {
    const inCurrency = (currency: string) => `${HEADER},currency\n${GOOD},${currency}\n`;
    for (const currency of ['', 'usd', 'USD'])
      assert.equal(parseInvoice(inCurrency(currency), 'november.csv').length, 1);
    refuses(inCurrency('EUR'), 'november.csv', /line 2: currency must be USD: convert the amounts/);
    refuses(JSON.stringify([{ ...ENTRY, currency: 'BRL' }]), 'november.json', /entry 1: currency must be USD/);
  });

  it('says once which columns are not there, and what it found', () => {
    const semicolons = `${HEADER}\n${GOOD}\n`.replaceAll(',', ';');
    refuses(
      semicolons,
      'november.csv',
      /line 1: there is no column provider, model, .*separated by commas.*found: provider;/,
    );
  });

  it('refuses a header without what is needed, an empty file, and one that is no JSON', () => {
    refuses('a,b\n1,2\n', 'november.csv', /line 2: provider is missing/);
    refuses(`${HEADER}\n`, 'november.csv', /has no lines/);
    refuses('[{"provider": ', 'november.json', /november\.json is not usable/);
    refuses('{"total": 5}', 'november.json', /must be a list of lines/);
    refuses(JSON.stringify([ENTRY, { ...ENTRY, quantity: null }]), 'november.json', /entry 2: quantity/);
    assert.throws(
      () => readInvoiceFile('/nowhere/november.csv'),
      (error) => isAppError(error, 'VALIDATION_ERROR') && /no such file/.test(error.message),
    );
  });

  function refuses(content: string, file: string, says: RegExp): void {
    assert.throws(
      () => parseInvoice(content, file),
      (error) => isAppError(error, 'VALIDATION_ERROR') && says.test(error.message),
    );
  }
});
