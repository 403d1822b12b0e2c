import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { vectorConfig } from '../config';
import { projectRoot } from '../project-root';
import { sqlFile } from './sql';

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

function readMigrations(): Migration[] {
  const folder = path.join(projectRoot(), 'prisma/migrations');
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(path.join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

// The table and its checksums are Prisma's own, so `prisma migrate status` agrees with us.
const CREATE_TABLE = `create table if not exists _prisma_migrations (
  id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz,
  migration_name varchar(255) not null, logs text, rolled_back_at timestamptz,
  started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`;

// A transaction-level lock, because on the embedded database all sessions are one and a session lock excludes nobody.
const MIGRATION_LOCK = 7_220_001;

/**
 * Applies every migration that is not applied yet, each in a transaction of its own. Safe to run from many processes
 * at once and any number of times. Then makes what the graph's projection needs, where Apache AGE is installed, and the index of
 * vectors as wide as the configured ones.
 *
 * @returns the names applied by this call.
 * @throws Error if an applied migration was edited afterwards.
 */
export async function migrate(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const applied: string[] = [];
  try {
    for (const migration of readMigrations()) {
      if (await applyOnce(client, migration)) applied.push(migration.name);
    }
    await inTransaction(client, async () => {
      // Every time: Apache AGE may have been installed since, the width may be another one.
      await client.query(sqlFile('core/memory/graph/projection/sql/prepare.sql'));
      const { EMBEDDINGS_DIMENSIONS: width, EMBEDDINGS_PRECISION: precision } = vectorConfig();
      await client.query('select make_vector_index($1, $2)', [width, precision === 'half']);
    });
  } finally {
    await client.end();
  }
  return applied;
}

async function inTransaction(client: Client, work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  try {
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function applyOnce(client: Client, migration: Migration): Promise<boolean> {
  await client.query('begin');
  try {
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query(CREATE_TABLE);
    const { rows } = await client.query<{ checksum: string }>(
      'select checksum from _prisma_migrations where migration_name = $1 and finished_at is not null',
      [migration.name],
    );
    const known = rows[0];
    if (known && known.checksum !== migration.checksum) {
      throw new Error(`migration ${migration.name} was edited after it was applied; add a new migration instead`);
    }
    if (!known) {
      await client.query(migration.sql);
      await client.query(
        `insert into _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
         values ($1, $2, $3, now(), 1)`,
        [randomUUID(), migration.checksum, migration.name],
      );
    }
    await client.query('commit');
    return !known;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
