import assert from 'node:assert/strict';
import { Client } from 'pg';
import { searchMemory, vectorLiteral } from '../../core/memory';
import { testDatabase, testDatabaseUrl } from '../support/database';
import { newTenant } from '../support/tenant';

const ROWS = 10_500;
const MODEL = 'test-random';
const ASKED = Array.from({ length: 768 }, (_, index) => Math.sin(7 * (index + 1)));

describe('a large tenant is searched by the index and still answers in full', function () {
  this.timeout(300_000);
  const db = testDatabase();
  after(() => db.close());

  async function find(tenantId: string, query: string, types?: string[]) {
    const { results } = await searchMemory(db, {
      tenantId,
      query,
      queryVector: { vector: ASKED, model: MODEL },
      topK: 10,
      strategy: query === 'vizinhos' ? 'vector_only' : 'keyword_only',
      ...(types ? { types } : {}),
    });
    return results;
  }

  it('finds at least 95 % of the true neighbours by the index, and always as many as asked for', async () => {
    const { tenantId } = await newTenant(db);
    const client = new Client({ connectionString: testDatabaseUrl() });
    await client.connect();
    try {
      await client.query('begin');
      await client.query(`select set_config('app.tenant_id', $1, true), set_config('role', 'ventros_app', true)`, [
        tenantId,
      ]);
      // Few directions with a little noise, as texts have, so that neighbours are worth finding.
      await client.query(
        `insert into memory_embeddings (id, tenant_id, content_type, content_text, content_hash, embedding, model,
           dimensions, origin, occurred_at)
         select gen_random_uuid(), $1, case when n % 200 = 0 then 'note' else 'document' end, 'documento ' || n, n::text,
           (select array_agg(sin((n % 40 + 1) * d::float8) + random() * 0.8) from generate_series(1, 768) d where n > 0)::vector,
           $2, 768, 'external', now()
         from generate_series(1, $3::int) n`,
        [tenantId, MODEL, ROWS],
      );
      await client.query('commit');
      const results = await find(tenantId, 'vizinhos');
      await client.query('begin');
      await client.query('set local enable_indexscan = off');
      const nearest = async (types: string[]) => {
        const { rows } = await client.query<{ id: string }>(
          `select id from memory_embeddings where tenant_id = $1 and content_type = any ($3)
           order by embedding <=> $2::vector limit 10`,
          [tenantId, vectorLiteral(ASKED), types],
        );
        return rows.map(({ id }) => id);
      };
      assert.equal(results.length, 10);
      const truth = new Set(await nearest(['note', 'document']));
      const recall = results.filter((hit) => truth.has(hit.sourceId)).length / 10;
      process.stderr.write(`recall@10 over ${ROWS} rows: ${recall}\n`);
      assert.ok(recall >= 0.95, `recall ${recall}`);

      const sources = async (query: string, types: string[]) =>
        (await find(tenantId, query, types)).map(({ sourceId }) => sourceId);
      assert.deepEqual(await sources('vizinhos', ['note']), await nearest(['note']), 'the few that a filter leaves');
      const many = await sources('vizinhos', ['document']);
      const trueMany = new Set(await nearest(['document']));
      assert.ok(many.filter((id) => trueMany.has(id)).length >= 9, 'of the many that a filter leaves');
      const texts = async (types: string[]) => (await find(tenantId, '4321', types)).map(({ content }) => content);
      assert.deepEqual(await texts(['document']), ['documento 4321']);
      assert.deepEqual(await texts(['note']), []);
    } finally {
      await client.query('rollback');
      await client.query('delete from memory_embeddings where tenant_id = $1', [tenantId]);
      await client.end();
    }
  });
});
