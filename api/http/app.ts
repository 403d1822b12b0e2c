import express, { type Express } from 'express';
import { AppError } from '../../core/errors';
import type { ApiDeps } from '../deps';
import { createMcpRouter } from '../mcp/router';
import { docsPage } from './docs-page';
import { createHttpMetrics } from './metrics';
import { mountRoutes } from './mount';
import { openApiDocument } from './openapi';
import { problemHandler } from './problem';
import { requestContext } from './request-context';
import { allRoutes } from './routes';
import { securityHeaders } from './security-headers';
import { createLlamaParseWebhookRouter } from './webhooks/llamaparse';
import { createWebhookRouter } from './webhooks/router';

/** Version of the API document, not of the build. */
const API_VERSION = '1.0.0';

/** The whole HTTP edge: routes, document, probes, metrics, webhooks. It listens nowhere; `http.createServer(app)` does. */
export function createHttpApp(deps: ApiDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  // Whose X-Forwarded-For says where a request comes from; everybody else could write anything there.
  app.set('trust proxy', deps.config.TRUSTED_PROXIES);
  // Nested query objects have no use here and are a way in for surprises.
  app.set('query parser', 'simple');

  const metrics = createHttpMetrics();
  app.use(requestContext({ logger: deps.logger, metrics }));
  app.use(securityHeaders);

  // Before any body parser: their signatures cover the raw bytes. The one with a fixed path before the one with an id.
  app.use(createLlamaParseWebhookRouter(deps));
  app.use(createWebhookRouter(deps));

  const routes = allRoutes(deps);
  const document = openApiDocument(routes, { version: API_VERSION });
  app.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  app.use('/docs', docsPage());
  if (deps.config.METRICS_ENABLED) {
    app.get('/metrics', async (_request, response) => {
      const { contentType, body } = await metrics.render();
      response.setHeader('Content-Type', contentType).send(body);
    });
  }
  app.use(createMcpRouter(deps));
  app.use(mountRoutes(deps, routes));

  app.use((_request, _response, next) => {
    next(new AppError('NOT_FOUND', 'There is nothing at this path'));
  });
  app.use(problemHandler(deps.logger));
  return app;
}
