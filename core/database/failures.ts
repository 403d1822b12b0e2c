import { AppError } from '../errors';
import { Prisma } from './generated/client';

/**
 * Prisma's codes for a database that cannot be reached, has no free connection, or ended a transaction
 * (prisma.io/docs/orm/reference/error-reference).
 */
const PRISMA_CODES = [
  'P1000',
  'P1001',
  'P1002',
  'P1003',
  'P1008',
  'P1010',
  'P1011',
  'P1017',
  'P2024',
  'P2028',
  'P2037',
];
/** Shut down, crashed, starting up, too many connections (Postgres, appendix A); class 08 is the connection itself. */
const POSTGRES_CODES = ['57P01', '57P02', '57P03', '53300'];
const SOCKET_CODES = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'];

const DOWN_CODES: ReadonlySet<string> = new Set([...PRISMA_CODES, ...POSTGRES_CODES, ...SOCKET_CODES]);
const CONNECTION_CLASS = /^08[0-9A-Z]{3}$/;

/** The words of node's sockets and of the driver, for errors that carry them without a code. */
const DOWN_WORDS =
  /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/;

/** The driver, its adapter and Prisma wrap one another no deeper than this. */
const MAX_DEPTH = 6;

/**
 * Whether an error says that the database cannot be reached just now: it restarts, is full, or the connection broke. The
 * same request may succeed a moment later. Only for errors of database calls: a provider's socket breaks with the same
 * words.
 */
export function isDatabaseDown(error: unknown): boolean {
  return saysDown(error, MAX_DEPTH);
}

/**
 * A transaction took longer than it may (TIMEOUT), or found no free connection in its time (DATABASE_ERROR): the database is
 * slow or full, but there.
 */
export class TransactionTimeout extends AppError {}

function saysDown(error: unknown, depth: number): boolean {
  if (typeof error !== 'object' || error === null || depth === 0) return false;
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  const { code, originalCode, message, cause, meta, driverAdapterError } = error as Record<string, unknown>;
  if ([code, originalCode].some(isDownCode)) return true;
  if (typeof message === 'string' && DOWN_WORDS.test(message)) return true;
  return [cause, meta, driverAdapterError].some((inner) => saysDown(inner, depth - 1));
}

function isDownCode(code: unknown): boolean {
  return typeof code === 'string' && (DOWN_CODES.has(code) || CONNECTION_CLASS.test(code));
}
