import { Client } from 'pg';
import { sqlFile } from '../../../core/database';
import { vectorLiteral } from '../../../core/memory';
import { LEAST_SIMILARITY } from '../../../core/memory/search/legs/keyword';
import { scopedStatement, scopeParameters } from '../../../core/memory/search/scope';
import { percentile } from '../percentiles';
import type { BenchQuestion } from './questions';
import { unfiltered } from './unfiltered';
import { DIMENSIONS, MODEL } from './world';

const CANDIDATES = 100;

/** Adds tenants until there are `count`. */
export async function addTenants(url: string, count: number): Promise<void> {
  await asOwner(url, async (client) => {
    const { rows } = await client.query<{ tenants: number }>('select count(*)::int as tenants from projects');
    await client.query(sqlFile('scripts/bench/memory/sql/load_tenants.sql'), [count - (rows[0]?.tenants ?? 0)]);
  });
}

/** Adds facts about contacts that nobody asks about. */
export async function addFacts(url: string, count: number, tenantIds: readonly string[]): Promise<void> {
  await asOwner(url, (client) => client.query(sqlFile('scripts/bench/memory/sql/load_facts.sql'), [count, tenantIds]));
}

async function asOwner(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('set session_replication_role = replica');
    await work(client);
    await client.query('vacuum analyze');
    // Now, or it would be written to disk beside the first searches.
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

/** How long the server plans the two large statements of a contact's search, both together: the median of the questions, in ms. */
export async function planningMs(url: string, questions: readonly BenchQuestion[]): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const timesMs: number[] = [];
  try {
    for (const { tenantId, contactId, query, vector } of questions) {
      await client.query('begin');
      await client.query(`select set_config('app.tenant_id', $1, true), set_config('role', 'ventros_app', true)`, [
        tenantId,
      ]);
      const scope = scopeParameters(unfiltered(tenantId, contactId));
      const words = query.split(' ');
      const terms = words.map((_, no) => no);
      const misspelt = [terms, words, LEAST_SIMILARITY, false];
      const keyword = [terms, words, words.map(() => 1), query, CANDIDATES, null, null, null, ...misspelt];
      const nearest = [MODEL, DIMENSIONS, vectorLiteral(vector), CANDIDATES];
      timesMs.push(
        (await planned(client, 'keyword_search', [...scope, ...keyword])) +
          (await planned(client, 'vector_search_exact', [...scope, ...nearest])),
      );
      await client.query('rollback');
    }
  } finally {
    await client.end();
  }
  return percentile(
    timesMs.sort((a, b) => a - b),
    0.5,
  );
}

async function planned(client: Client, statement: string, parameters: unknown[]): Promise<number> {
  const { rows } = await client.query<{ 'QUERY PLAN': [{ 'Planning Time': number }] }>(
    `explain (summary on, format json) ${scopedStatement(statement, parameters)}`,
    parameters,
  );
  return rows[0]?.['QUERY PLAN'][0]['Planning Time'] ?? 0;
}
