import { createDatabase, type Database } from '../../core/database';
import type { Page, PageRequest } from '../../core/crm/page';
import { AppError } from '../../core/errors';

/** Opens DATABASE_URL for as long as `work` takes. @throws Error without DATABASE_URL */
export async function withLedger<T>(work: (db: Database) => Promise<T>): Promise<T> {
  const url = process.env['DATABASE_URL'];
  if (!url)
    throw new Error('DATABASE_URL is not set: the database of the ledger, postgresql://user:password@host:5432/name');
  const db = createDatabase({ url, maxConnections: 2 });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

/** The one that is asked for, or all projects of this installation. @throws AppError NOT_FOUND */
export async function tenantsOf(db: Database, tenantId: string | undefined): Promise<string[]> {
  const projects = await db.withSystem((tx) => tx.project.findMany({ select: { id: true }, orderBy: { id: 'asc' } }));
  const ids = projects.map(({ id }) => id);
  if (tenantId === undefined) return ids;
  if (!ids.includes(tenantId)) throw new AppError('NOT_FOUND', `There is no project ${tenantId}`);
  return [tenantId];
}

/** The one that is asked for, or the only one there is. @throws AppError VALIDATION_ERROR when there are several */
export async function oneTenant(db: Database, tenantId: string | undefined): Promise<string> {
  const [first, ...others] = await tenantsOf(db, tenantId);
  if (first === undefined) throw new AppError('NOT_FOUND', 'There is no project yet');
  if (others.length > 0)
    throw new AppError('VALIDATION_ERROR', 'There are several projects; say which with --tenant ID');
  return first;
}

const ROWS_AT_ONCE = 100;

/** Everything that `read` has, page by page. */
export async function* allPages<T>(read: (at: PageRequest) => Promise<Page<T>>): AsyncGenerator<T> {
  for (let at: PageRequest | null = { limit: ROWS_AT_ONCE, after: null }; at;) {
    const page: Page<T> = await read(at);
    yield* page.items;
    at = page.nextAfter ? { limit: ROWS_AT_ONCE, after: page.nextAfter } : null;
  }
}
