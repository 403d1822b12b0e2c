import express, { type Router } from 'express';
import type { ApiDeps } from '../deps';
import { authenticate } from './authentication';
import type { Route } from './route';

/** JSON bodies above this are refused; media have their own way in. */
const JSON_LIMIT_BYTES = 1024 * 1024;

/** Puts routes on a router. A key is checked before the body is read, so strangers cannot make us parse. */
export function mountRoutes(deps: ApiDeps, routes: Route[]): Router {
  const router = express.Router();
  const parseJson = express.json({ limit: JSON_LIMIT_BYTES });
  for (const route of routes.toSorted(literalSegmentsFirst)) {
    router[route.method](expressPath(route.path), async (request, response, next) => {
      const caller = route.scope === null ? null : await authenticate(deps, request, route.scope);
      response.locals['tenantId'] = caller?.tenantId;
      parseJson(request, response, (error?: unknown) => {
        if (error) next(error);
        else route.run(request, response, caller).catch(next);
      });
    });
  }
  return router;
}

function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

/** `/contacts/search` must be tried before `/contacts/{id}`, in whatever order the files list them. */
function literalSegmentsFirst(a: Route, b: Route): number {
  const rank = (route: Route) => route.path.replace(/\{\w+\}/g, '\u{10ffff}');
  return rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0;
}
