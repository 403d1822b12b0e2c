import { z } from 'zod';
import { isDatabaseDown } from '../../core/database';
import { AppError, isAppError, type FieldError } from '../../core/errors';

/** What express and its body parser throw: an HTTP status and a type. */
const parserErrorSchema = z.object({ type: z.string(), status: z.number().optional() });
const httpErrorSchema = z.object({ status: z.number().int().min(400).max(499) });

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

/** A vector of 768 wrong numbers is one mistake. */
const MAX_PROBLEMS = 20;

/**
 * A zod failure as a VALIDATION_ERROR that names the first wrong fields.
 *
 * @param known the fields there are, named when one is sent that is not among them
 */
export function validationError(error: z.ZodError, where: 'query' | 'body', known: readonly string[] = []): AppError {
  const fields = error.issues.flatMap((issue) => fieldsOf(issue, where, known)).slice(0, MAX_PROBLEMS);
  const names = [...new Set(fields.map(({ field }) => field))].join(', ');
  return new AppError('VALIDATION_ERROR', `Check these fields of the ${where}: ${names}`, { fields });
}

function fieldsOf(issue: z.core.$ZodIssue, where: string, known: readonly string[]): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') return [{ field: path.join('.') || where, message: issue.message }];
  const others = path.length === 0 && known.length > 0 ? `; there are ${known.join(', ')}` : '';
  return issue.keys.map((key) => ({ field: [...path, key].join('.'), message: `is not known here${others}` }));
}
