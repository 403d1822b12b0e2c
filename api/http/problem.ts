import type { ErrorRequestHandler, Response } from 'express';
import type { AppError } from '../../core/errors';
import type { Logger } from '../../core/logging/logger';
import { toAppError } from './errors';
import { z } from './zod';

/** RFC 9457, with our code, the request's id and the fields that were wrong. */
export const problemSchema = z
  .object({
    type: z.string().openapi({ example: 'urn:ventros:error:NOT_FOUND' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string().openapi({ example: 'NOT_FOUND' }),
    request_id: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .openapi('Problem');

/** The body that says what was wrong. */
export function problemOf(error: AppError, requestId: string): z.output<typeof problemSchema> {
  // What broke on our side is in the log under the request's id, not in the answer.
  const isInternal = error.code === 'INTERNAL_ERROR';
  return {
    type: `urn:ventros:error:${error.code}`,
    title: error.title,
    status: error.httpStatus,
    detail: isInternal ? 'The log has the reason under this request_id' : error.message,
    code: error.code,
    request_id: requestId,
    errors: error.fields,
    ...(isInternal || Object.keys(error.details).length === 0 ? {} : { details: error.details }),
  };
}

export function sendProblem(response: Response, error: AppError, requestId: string): void {
  if (error.retryAfterMs !== undefined) response.setHeader('Retry-After', Math.ceil(error.retryAfterMs / 1000));
  response
    .status(error.httpStatus)
    .type('application/problem+json')
    .send(JSON.stringify(problemOf(error, requestId)));
}

/** The last middleware: everything thrown becomes a problem of the error table. */
export function problemHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const known = toAppError(error);
    const requestId = String(response.locals['requestId']);
    if (known.httpStatus >= 500) logger.error({ err: error, code: known.code, requestId }, 'request failed');
    if (response.headersSent) {
      next(error);
      return;
    }
    sendProblem(response, known, requestId);
  };
}
