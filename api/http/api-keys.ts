import { createApiKey, listApiKeys, revokeApiKey } from '../../core/accounts/api-keys';
import { ALL_SCOPES, isScope, type Scope } from '../../core/accounts/scopes';
import { AppError } from '../../core/errors';
import { toPage } from '../../core/crm/page';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const scopeSchema = z.enum(ALL_SCOPES as [Scope, ...Scope[]]);

const apiKeySchema = z
  .object({
    id: uuid(),
    name: z.string(),
    prefix: z.string().openapi({ example: 'vk_1a2b3c4d' }),
    scopes: z.array(z.string()),
    last_used_at: timestamp().nullable(),
    revoked_at: timestamp().nullable(),
    created_at: timestamp(),
  })
  .openapi('ApiKey');

const createBody = z
  .object({ name: z.string().trim().min(1).max(200), scopes: z.array(scopeSchema).min(1).max(ALL_SCOPES.length) })
  .strict()
  .openapi('NewApiKey');

const createdSchema = apiKeySchema
  .extend({ key: z.string().openapi({ description: 'Shown this once; only its hash is stored' }) })
  .openapi('CreatedApiKey');

export function apiKeyRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/api-keys',
      tag: 'api keys',
      summary: 'List API keys, newest first',
      scope: 'settings.view',
      query: pageQuery,
      response: { status: 200, description: 'A page of keys', body: pageOf(apiKeySchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'api-keys' }, query, async ({ limit, after }) => {
          const keys = await db.withTenant(tenantId, (tx) =>
            listApiKeys(tx, { tenantId, limit: limit + 1, ...(after?.[0] ? { after: after[0] } : {}) }),
          );
          return toPage(keys, limit, (key) => [key.id]);
        }),
    }),
    route({
      method: 'post',
      path: '/api/v1/api-keys',
      tag: 'api keys',
      summary: 'Create an API key',
      description: 'Its scopes must be among those of the key that creates it.',
      scope: 'settings.manage',
      body: createBody,
      response: { status: 201, description: 'The key', body: createdSchema },
      async handler({ caller, body }) {
        const scopes = body.scopes.filter(isScope);
        const missing = scopes.filter((scope) => !caller.scopes.includes(scope));
        if (missing.length > 0) {
          throw new AppError('FORBIDDEN', `Your own key does not have ${missing.join(', ')}`);
        }
        const { tenantId, userId } = caller;
        const { key, view } = await db.withTenant(tenantId, (tx) =>
          createApiKey(tx, { tenantId, userId, name: body.name, scopes }),
        );
        return { ...present(view), key };
      },
    }),
    route({
      method: 'delete',
      path: '/api/v1/api-keys/{id}',
      tag: 'api keys',
      summary: 'Revoke an API key at once',
      scope: 'settings.manage',
      params: idParams,
      response: { status: 200, description: 'The revoked key', body: apiKeySchema },
      async handler({ caller: { tenantId }, params }) {
        return present(await db.withTenant(tenantId, (tx) => revokeApiKey(tx, { tenantId, keyId: params.id })));
      },
    }),
  ];
}
