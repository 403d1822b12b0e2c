import { createDatabase, type Database } from '../../core/database';

/** Where the tests' database is. `npm test` sets it to an embedded server that is migrated already. */
export function testDatabaseUrl(): string {
  const url = process.env['DATABASE_URL'];
  if (!url) throw new Error('DATABASE_URL is not set: run the tests with npm test, or point it to a migrated database');
  return url;
}

/** Whether the database keeps prepared statements apart by client. `npm test` knows; without it, no. */
export function testPreparedStatements(): string {
  return process.env['DATABASE_PREPARED_STATEMENTS'] ?? 'false';
}

/** The database of the tests. Close it in `after`. */
export function testDatabase(): Database {
  const preparedStatements = testPreparedStatements() === 'true';
  return createDatabase({ url: testDatabaseUrl(), maxConnections: 4, preparedStatements });
}
