import assert from 'node:assert/strict';
import { allRoutes } from '../../api/http/routes';
import { isScope } from '../../core/accounts/scopes';
import { startTestApi, type Json, type TestApi } from '../support/http';

/** Routes that are no JSON resources, or belong to a channel, and so are not made by `route()`. */
const WRITTEN_BY_HAND = ['post /api/v1/webhooks/{webhook_id}'];

describe('the OpenAPI document is the router', () => {
  let api: TestApi;
  let document: Json;
  before(async () => {
    api = await startTestApi();
    document = (await api.request('GET', '/openapi.json')).body;
  });
  after(() => api.close());

  const operations = (): { name: string; path: string; method: string; operation: Json }[] =>
    Object.entries<Record<string, Json>>(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, method, operation })),
    );

  it('lists exactly the routes there are', () => {
    const routes = allRoutes(api.deps).map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(
      operations()
        .map(({ name }) => name)
        .sort(),
      [...routes, ...WRITTEN_BY_HAND].sort(),
    );
  });

  it('has a route behind every operation', async () => {
    for (const { name, path, method, operation } of operations()) {
      const url = path.replace(/\{\w+\}/, '01a20630-35d0-7562-8948-23743a1a6e08');
      const { status, body } = await api.request(method.toUpperCase(), url);
      const isPublic = operation.security?.length === 0;
      if (!isPublic) assert.equal(status, 401, name);
      else assert.notEqual(body?.detail, 'There is nothing at this path', name);
    }
  });

  it('is OpenAPI 3.1 whose references all lead somewhere and whose operations have one name each', () => {
    assert.match(document.openapi, /^3\.1\./);
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
      assert.ok(document.components.schemas[name ?? ''], `schema ${name} is missing`);
    }
    const ids = operations().map(({ operation }) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const { name, path, operation } of operations()) {
      assert.ok(operation.summary, name);
      assert.ok(operation.responses.default, name);
      const inPath = (operation.parameters ?? []).filter((parameter: Json) => parameter.in === 'path');
      assert.equal(inPath.length, path.split('{').length - 1, `path parameters of ${name}`);
    }
  });

  it('shows the unready probe and everything a file may come with', () => {
    const ready = document.paths['/health/ready'].get.responses;
    assert.deepEqual(ready['503'].content, ready['200'].content);
    const { parameters, requestBody } = document.paths['/api/v1/enrichments'].post;
    assert.deepEqual(
      parameters.map((parameter: Json) => [parameter.in, parameter.name]),
      [
        ['query', 'context'],
        ['query', 'contact_id'],
      ],
    );
    for (const type of ['application/json', 'multipart/form-data', 'application/octet-stream', 'image/*', 'audio/*']) {
      assert.ok(requestBody.content[type], type);
    }
  });

  it('names the scope of every operation that needs one', () => {
    for (const { name, operation } of operations()) {
      if (operation.security?.length === 0 || operation.description.includes('Any valid key')) continue;
      const scope = /Needs the scope `([^`]+)`/.exec(operation.description)?.[1] ?? '';
      assert.ok(isScope(scope), `${name} names no scope`);
    }
  });

  it('has a page that needs nothing from elsewhere', async () => {
    const { status, text, headers } = await api.request('GET', '/docs/');
    assert.equal(status, 200);
    assert.doesNotMatch(text, /https?:\/\//);
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
    for (const [, asset] of text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      assert.equal((await api.request('GET', asset ?? '')).status, 200, asset);
    }
  });
});
