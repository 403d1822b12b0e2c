import assert from 'node:assert/strict';
import { vectorBytes, vectorLiteral } from '../../core/memory/vector';
import { testDatabase } from '../support/database';

const VECTOR = [1, -0.1, 1 / 3, 65_504, 6.103515625e-5, 1e-40, 0];

describe('a vector is compared as it is stored', () => {
  const db = testDatabase();
  after(() => db.close());

  for (const type of ['vector', 'halfvec']) {
    it(`as a ${type}: sent as bytes it is what it is as a text`, async () => {
      const [row] = await db.withSystem((tx) =>
        tx.$queryRawUnsafe<{ bytes: string; text: string }[]>(
          `select $1::vector::${type}::text as bytes, $2::${type}::text as text`,
          vectorBytes(VECTOR),
          vectorLiteral(VECTOR),
        ),
      );
      assert.equal(row?.bytes, row?.text);
      assert.match(row?.text ?? '', /^\[1,-0\.(?:1|0999)/);
    });
  }
});
