import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isAppError } from '../../core/errors';
import { parsePrices, readPriceFile } from '../../core/money/price-file';
import { loadPrices } from '../../core/money/price-table';
import { mostMicros } from '../../core/money/prices';

const ROW = { provider: 'openai', model: 'gpt-6-luna', inputPerMillionTokens: 100_000, source: 'a test' };
const fileOf = (...prices: object[]) => ({ asOf: '2026-11-22', unit: 'micro-dollar', prices });

describe('a bad price file never replaces a good one', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'ventros-prices-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const BAD: [name: string, content: unknown, says: RegExp][] = [
    ['a missing price', fileOf({ ...ROW, inputPerMillionTokens: undefined }), /openai\/gpt-6-luna.*has no price/],
    ['a price of nothing', fileOf({ ...ROW, inputPerMillionTokens: 0 }), /openai\/gpt-6-luna.*has no price/],
    [
      'a negative price',
      fileOf(ROW, { ...ROW, model: 'm', perPage: -1 }),
      /row 2 \(openai\/m\): perPage must not be neg/,
    ],
    ['a price that is no number', fileOf({ ...ROW, inputPerMillionTokens: '0.1' }), /inputPerMillionTokens must be a/],
    ['a fraction of a micro-dollar', fileOf({ ...ROW, inputPerMillionTokens: 0.1 }), /whole number of micro-dollars/],
    ['a model that is listed twice', fileOf(ROW, ROW), /row 2 \(openai\/gpt-6-luna\): the model is listed twice/],
    [
      'an unknown unit',
      fileOf({ ...ROW, perFurlong: 5 }),
      /openai\/gpt-6-luna.*unknown unit perFurlong; the units are/,
    ],
    ['a free model with a price', fileOf({ ...ROW, free: true }), /is free and has a price/],
    [
      'output tokens without input',
      fileOf({ provider: 'a', model: 'b', source: 'c', outputPerMillionTokens: 1 }),
      /inputPer/,
    ],
    ['no source', fileOf({ ...ROW, source: undefined }), /source is missing/],
    ['no day', { prices: [ROW] }, /asOf must be the day/],
    ['another currency', { ...fileOf(ROW), unit: 'cent' }, /unit must be "micro-dollar"/],
    ['no rows', { asOf: '2026-11-22' }, /prices must be a list/],
  ];
  for (const [name, content, says] of BAD) {
    it(`names the row with ${name}`, () => {
      assert.throws(
        () => parsePrices(JSON.parse(JSON.stringify(content)), 'prices.json'),
        (error) => isAppError(error, 'VALIDATION_ERROR') && says.test(error.message),
      );
    });
  }

  it('names every row that is wrong at once', () => {
    assert.throws(
      () => parsePrices(fileOf({ ...ROW, perPage: -1 }, { ...ROW, model: 'm', perFurlong: 5 }), 'prices.json'),
      (error) => isAppError(error, 'VALIDATION_ERROR') && error.fields.length === 2,
    );
  });

  it('says that a file is no JSON, and where it breaks off', () => {
    const file = path.join(folder, 'half.json');
    writeFileSync(file, '{\n  "asOf": "2026-11-22"\n  "prices": []\n}\n');
    assert.throws(
      () => readPriceFile(file),
      (error) => isAppError(error, 'VALIDATION_ERROR') && /\n {2}line 3, column 3: /.test(error.message),
    );
  });

  it('refuses a call that can use what its model has no price for', () => {
    const price = { ...ROW };
    assert.equal(mostMicros(price, { inputTokens: 1_000 }), 100);
    assert.throws(
      () => mostMicros(price, { inputTokens: 1_000, outputTokens: 1 }),
      (error) => isAppError(error, 'PRICE_UNKNOWN') && /outputPerMillionTokens/.test(error.message),
    );
  });

  it('takes a changed file over without a restart, and keeps the old one while the new is unusable', () => {
    const file = path.join(folder, 'prices.json');
    const said: string[] = [];
    const logger = {
      info: (_of: object, message: string) => void said.push(message),
      error: (of: object, message: string) => void said.push(`${message}: ${JSON.stringify(of)}`),
    };
    let writes = 0;
    const write = (content: unknown) => {
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      // Two writes within the clock of the file system must still look different.
      utimesSync(file, new Date(), new Date(Date.now() + ++writes * 1_000));
    };
    write(fileOf(ROW));
    const prices = loadPrices({ file, logger, lookAgainMs: 0 });
    const input = () => prices.priceOf('openai', 'gpt-6-luna').inputPerMillionTokens;
    assert.equal(input(), 100_000);

    write(fileOf({ ...ROW, inputPerMillionTokens: 200_000 }, { ...ROW, model: 'gpt-new' }));
    assert.equal(input(), 200_000);
    assert.equal(prices.priceOf('openai', 'gpt-new').source, 'a test');
    assert.deepEqual(said, ['the prices were read again']);

    write(fileOf({ ...ROW, inputPerMillionTokens: -1 }));
    assert.equal(input(), 200_000);
    assert.match(said.at(-1) ?? '', /old prices stay.*gpt-6-luna.*must not be negative/);
    const count = said.length;
    input();
    assert.equal(said.length, count, 'the same bad file was reported again');

    rmSync(file);
    assert.equal(input(), 200_000);
    write(fileOf({ ...ROW, inputPerMillionTokens: 300_000 }));
    assert.equal(input(), 300_000);
  });
});
