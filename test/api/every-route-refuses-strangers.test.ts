import assert from 'node:assert/strict';
import { createApiKey } from '../../core/accounts/api-keys';
import { ALL_SCOPES, type Scope } from '../../core/accounts/scopes';
import { allRoutes } from '../../api/http/routes';
import type { Route } from '../../api/http/route';
import { newId } from '../../core/ids';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('every route refuses strangers', () => {
  let api: TestApi;
  let routes: Route[];
  before(async () => {
    api = await startTestApi();
    routes = allRoutes(api.deps);
  });
  after(() => api.close());

  const call = (route: Route, key?: string) =>
    api.request(route.method.toUpperCase(), route.path.replace('{id}', newId()), {
      ...(key === undefined ? {} : { key }),
      ...(route.method === 'get' || route.method === 'delete' ? {} : { json: {} }),
    });

  it('answers 401 without a key, with a key that is not ours and with a revoked one', async () => {
    const { tenantId, apiKey } = await newTenant(api.deps.db);
    await api.deps.db.withTenant(tenantId, (tx) => tx.apiKey.updateMany({ data: { revokedAt: new Date() } }));
    const closed = routes.filter((route) => route.scope !== null);
    assert.ok(closed.length > 30, `only ${closed.length} routes need a key`);
    for (const route of closed) {
      for (const key of [undefined, 'vk_wrong', `vk_${'0'.repeat(64)}`, apiKey]) {
        const { status, body } = await call(route, key);
        assert.equal(status, 401, `${route.method} ${route.path}`);
        assert.equal(body.code, 'UNAUTHORIZED');
      }
    }
  });

  it('answers 403 to a key that has every scope but the one that is needed', async () => {
    const { tenantId, userId } = await newTenant(api.deps.db);
    const keyWithout = new Map<Scope, string>();
    for (const scope of ALL_SCOPES) {
      const scopes = ALL_SCOPES.filter((other) => other !== scope);
      const { key } = await api.deps.db.withTenant(tenantId, (tx) =>
        createApiKey(tx, { tenantId, userId, name: scope, scopes }),
      );
      keyWithout.set(scope, key);
    }
    for (const route of routes) {
      if (route.scope === null || route.scope === 'self') continue;
      const { status, body } = await call(route, keyWithout.get(route.scope));
      assert.equal(status, 403, `${route.method} ${route.path}`);
      assert.match(body.detail, new RegExp(route.scope.replace('.', '\\.')));
    }
  });

  it('is public only where that is meant', () => {
    const open = routes.filter((route) => route.scope === null).map((route) => `${route.method} ${route.path}`);
    assert.deepEqual(open.sort(), ['get /health/live', 'get /health/ready', 'post /api/v1/auth/register']);
  });
});
