import { Prisma } from '../database';

/** Prisma's code for a transaction over its time, and for one that found no free connection in time. */
const TRANSACTION_TIMEOUT = 'P2028';
/** Postgres: query_canceled, which is what statement_timeout raises. */
const QUERY_CANCELED = '57014';

export function isDatabaseTimeout(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  if (error.code === QUERY_CANCELED) return true;
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === TRANSACTION_TIMEOUT;
}
