import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Client } from 'pg';
import { projectRoot } from '../../core/project-root';

/** Names of the migrations that this database does not have yet. */
export async function pendingMigrations(client: Client): Promise<string[]> {
  const names = readdirSync(path.join(projectRoot(), 'prisma/migrations'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const { rows: tables } = await client.query(`select to_regclass('_prisma_migrations') is not null as yes`);
  if (!tables[0].yes) return names;
  const { rows } = await client.query<{ name: string }>(
    'select migration_name as name from _prisma_migrations where finished_at is not null',
  );
  return names.filter((name) => !rows.some((row) => row.name === name));
}
