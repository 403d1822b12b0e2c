import assert from 'node:assert/strict';
import { Client } from 'pg';
import { newId } from '../../core/ids';
import { testDatabaseUrl } from '../support/database';
import { codeBlocks, documentPaths, readTexts } from './documents';

describe('the SQL of the documents', () => {
  const blocks = readTexts(documentPaths()).flatMap((text) => codeBlocks(text, 'sql'));

  it('is there', () => {
    assert.ok(blocks.length >= 3);
  });

  for (const [index, block] of blocks.entries()) {
    it(`runs, block ${index + 1}`, async () => {
      const client = new Client({ connectionString: testDatabaseUrl() });
      await client.connect();
      try {
        // As psql fills in :'name', and without keeping what a block changes.
        const statements = block.replace(/:'\w+'/g, `'${newId()}'`).replace(/^commit;$/m, 'rollback;');
        assert.match(statements, /^begin;[\s\S]*rollback;\s*$/, 'a block is a transaction of its own');
        await client.query(statements);
      } finally {
        await client.end();
      }
    });
  }
});
