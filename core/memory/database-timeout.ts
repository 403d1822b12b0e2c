import { Prisma } from '../database';

/** Prisma's code for a transaction over its time, and for one that found no free connection in time. */
const TRANSACTION_TIMEOUT = 'P2028';
const RAW_QUERY_FAILED = 'P2010';
/** Postgres: query_canceled, which is what statement_timeout raises. */
const QUERY_CANCELED = '57014';

export function isDatabaseTimeout(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  if (error.code === TRANSACTION_TIMEOUT) return true;
  return error.code === RAW_QUERY_FAILED && error.message.includes(`Code: \`${QUERY_CANCELED}\``);
}
