import type { RequestHandler } from 'express';
import type { Logger } from '../../core/logging/logger';
import { inContext } from '../../core/observability/context';
import { requestIdOf } from '../request-id';
import type { HttpMetrics } from './metrics';

/**
 * Gives every request an id, and when it ends one log line and one measurement. The line has the route's pattern and not
 * the URL: a query may hold what a customer wrote.
 */
export function requestContext({ logger, metrics }: { logger: Logger; metrics: HttpMetrics }): RequestHandler {
  return (request, response, next) => {
    const requestId = requestIdOf(request.headers['x-request-id']);
    response.locals['requestId'] = requestId;
    response.setHeader('X-Request-Id', requestId);

    const startedAt = process.hrtime.bigint();
    response.once('close', () => {
      const durationSeconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
      const route = routePattern(request.route, request.baseUrl);
      metrics.observe({ method: request.method, route, status: response.statusCode, durationSeconds });
      logger.info(
        {
          requestId,
          correlationId: requestId,
          method: request.method,
          route,
          status: response.statusCode,
          durationMs: Math.round(durationSeconds * 1000),
          tenantId: response.locals['tenantId'],
          aborted: !response.writableFinished,
        },
        'request',
      );
    });
    inContext({ correlationId: requestId }, next);
  };
}

function routePattern(route: { path?: unknown } | undefined, baseUrl: string): string {
  return typeof route?.path === 'string' ? `${baseUrl}${route.path}` : 'unmatched';
}
