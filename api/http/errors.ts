import { z } from 'zod';
import { Prisma } from '../../core/database';
import { AppError, isAppError, type FieldError } from '../../core/errors';

/** What express and its body parser throw: an HTTP status and a type. */
const parserErrorSchema = z.object({ type: z.string(), status: z.number().optional() });
const httpErrorSchema = z.object({ status: z.number().int().min(400).max(499) });

/**
 * Prisma's codes for a database that cannot be reached, has no free connection, or ended a transaction
 * (prisma.io/docs/orm/reference/error-reference).
 */
const DATABASE_DOWN = new Set([
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
]);
/** Of node's sockets, as the driver passes them on. */
const CONNECTION_LOST =
  /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|Connection terminated|timeout exceeded when trying to connect/;

/** Any thrown value as an error of the table. What nobody foresaw is INTERNAL_ERROR, with the original as its cause. */
export function toAppError(error: unknown): AppError {
  if (isAppError(error)) return error;
  if (isDatabaseDown(error)) {
    return new AppError('DATABASE_ERROR', 'The database does not answer; try again', {
      cause: error,
      retryAfterMs: 1000,
    });
  }
  return fromBodyParser(error) ?? new AppError('INTERNAL_ERROR', 'Unexpected error', { cause: error });
}

export function isDatabaseDown(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (error instanceof Prisma.PrismaClientKnownRequestError && DATABASE_DOWN.has(error.code)) return true;
  return error instanceof Error && CONNECTION_LOST.test(`${error.message} ${causeText(error.cause)}`);
}

function causeText(cause: unknown): string {
  return cause instanceof Error ? cause.message : (JSON.stringify(cause) ?? '');
}

function fromBodyParser(error: unknown): AppError | null {
  const parser = parserErrorSchema.safeParse(error);
  if (parser.success) {
    switch (parser.data.type) {
      case 'entity.too.large':
        return new AppError('PAYLOAD_TOO_LARGE', 'The body is over the limit of this route');
      case 'entity.parse.failed':
        return new AppError('BAD_REQUEST', 'The body is not valid JSON');
      case 'charset.unsupported':
      case 'encoding.unsupported':
        return new AppError('BAD_REQUEST', 'The encoding of the body is not supported; send UTF-8');
      case 'request.aborted':
      case 'request.size.invalid':
        return new AppError('BAD_REQUEST', 'The body ended early');
    }
  }
  // For example a path with a broken percent-encoding.
  const http = httpErrorSchema.safeParse(error);
  return http.success ? new AppError('BAD_REQUEST', 'The request cannot be read') : null;
}

/** A zod failure as a VALIDATION_ERROR that names every field. */
export function validationError(error: z.ZodError, where: 'query' | 'body'): AppError {
  const fields: FieldError[] = error.issues.map((issue) => ({
    field: issue.path.map(String).join('.') || where,
    message: issue.message,
  }));
  const names = [...new Set(fields.map(({ field }) => field))].join(', ');
  return new AppError('VALIDATION_ERROR', `Check these fields of the ${where}: ${names}`, { fields });
}
