import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDatabase, type Database } from '../../core/database';
import { migrate } from '../../core/database/migrate';
import { createFreshDatabase } from '../embedded/fresh-database';
import { startDatabase } from '../embedded/infrastructure';

/** Runs an evaluation on an empty, migrated database: one of its own on the server of DATABASE_URL, else embedded. */
export async function withEmptyDatabase<T>(work: (db: Database, kind: string) => Promise<T>): Promise<T> {
  const server = process.env['DATABASE_URL'];
  return server ? onServer(server, work) : embedded(work);
}

async function onServer<T>(server: string, work: (db: Database, kind: string) => Promise<T>): Promise<T> {
  const fresh = await createFreshDatabase(server);
  try {
    return await onUrl(fresh.url, true, (db) => work(db, 'a server'));
  } finally {
    await fresh.drop();
  }
}

async function embedded<T>(work: (db: Database, kind: string) => Promise<T>): Promise<T> {
  const logDir = mkdtempSync(path.join(tmpdir(), 'ventros-eval-'));
  const database = await startDatabase({ dataDir: null, logDir });
  try {
    return await onUrl(database.url, false, (db) => work(db, 'embedded'));
  } finally {
    await database.process?.stop();
    rmSync(logDir, { recursive: true, force: true });
  }
}

async function onUrl<T>(url: string, preparedStatements: boolean, work: (db: Database) => Promise<T>): Promise<T> {
  await migrate(url);
  const db = createDatabase({ url, maxConnections: 4, preparedStatements });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}
