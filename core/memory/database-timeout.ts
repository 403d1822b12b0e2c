import { TransactionTimeout } from '../database';

/** Postgres: query_canceled, which is what statement_timeout raises. */
const QUERY_CANCELED = '57014';

export function isDatabaseTimeout(error: unknown): boolean {
  if (error instanceof TransactionTimeout) return true;
  return error instanceof Error && 'code' in error && error.code === QUERY_CANCELED;
}
