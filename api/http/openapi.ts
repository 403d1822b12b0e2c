import { OpenApiGeneratorV31, OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import { SCOPES } from '../../core/accounts/scopes';
import { problemSchema } from './problem';
import type { Route } from './route';
import { z } from './zod';

const SECURITY_SCHEME = 'apiKey';

/** The OpenAPI 3.1 document of these routes. */
export function openApiDocument(routes: Route[], options: { version: string }) {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', SECURITY_SCHEME, {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'vk_ and 64 hex digits',
    description: `An API key: \`Authorization: Bearer vk_…\`. Its scopes:\n\n${scopeTable()}`,
  });
  for (const route of routes) registerRoute(registry, route);
  registerWebhook(registry);

  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Ventros',
      version: options.version,
      description:
        'Conversations over WhatsApp as durable work: media become text, conversations become facts and searchable ' +
        'memory, agents answer. Lists are paged by `cursor`; errors are RFC 9457 problems with a stable `code`.',
    },
    servers: [{ url: '/' }],
    security: [{ [SECURITY_SCHEME]: [] }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
  });
}

function scopeTable(): string {
  const rows = Object.entries(SCOPES).map(([scope, meaning]) => `| \`${scope}\` | ${meaning} |`);
  return ['| Scope | Allows |', '|---|---|', ...rows].join('\n');
}

function registerRoute(registry: OpenAPIRegistry, route: Route): void {
  const bodies = { ...(route.body ? { 'application/json': route.body } : {}), ...route.rawBodies };
  const content = Object.fromEntries(Object.entries(bodies).map(([type, schema]) => [type, { schema }]));
  registry.registerPath({
    method: route.method,
    path: route.path,
    tags: [route.tag],
    summary: route.summary,
    operationId: operationId(route),
    description: describe(route),
    ...(route.scope === null ? { security: [] } : {}),
    request: {
      ...(route.params ? { params: route.params as z.ZodObject } : {}),
      ...(route.query ? { query: route.query as z.ZodObject } : {}),
      ...(route.headers ? { headers: route.headers } : {}),
      ...(Object.keys(content).length > 0 ? { body: { content, required: true } } : {}),
    },
    responses: {
      ...responses(route.response),
      default: { description: 'What went wrong', content: { 'application/problem+json': { schema: problemSchema } } },
    },
  });
}

function responses({
  status,
  description,
  body,
  streams,
  streamed = z.string(),
  alsoStatuses = {},
}: Route['response']) {
  const content = streams
    ? { content: { [streams]: { schema: streamed } } }
    : body
      ? { content: { 'application/json': { schema: body } } }
      : {};
  const all = Object.entries({ [status]: description, ...alsoStatuses });
  return Object.fromEntries(all.map(([code, when]) => [code, { description: when, ...content }]));
}

function describe(route: Route): string {
  const access =
    route.scope === null
      ? 'Public.'
      : route.scope === 'self'
        ? 'Any valid key.'
        : `Needs the scope \`${route.scope}\`.`;
  return route.description ? `${route.description}\n\n${access}` : access;
}

/** `get /api/v1/contacts/{id}/sessions` is `getContactsByIdSessions`: unique because method and path are. */
function operationId(route: Route): string {
  const words = route.path
    .replace(/^\/api\/v1/, '')
    .split(/[^a-zA-Z0-9{}]+/)
    .filter(Boolean)
    .map((word) => (word.startsWith('{') ? `by-${word.slice(1, -1)}` : word));
  return [route.method, ...words].join('-').replace(/[-_](\w)/g, (_match, letter: string) => letter.toUpperCase());
}

/** The channel's own door has its own router, because a signature is checked on the raw bytes. */
function registerWebhook(registry: OpenAPIRegistry): void {
  registry.registerPath({
    method: 'post',
    path: '/api/v1/webhooks/{webhook_id}',
    tags: ['webhooks'],
    summary: 'Receive an event of a channel',
    operationId: 'postWebhooksByWebhookId',
    description: 'Called by WAHA. Public; the HMAC-SHA512 of the raw body in `X-Webhook-Hmac` is checked.',
    security: [],
    request: {
      params: z.object({ webhook_id: z.uuid() }),
      headers: z.object({ 'X-Webhook-Hmac': z.string() }),
      body: { content: { 'application/json': { schema: z.record(z.string(), z.unknown()) } }, required: true },
    },
    responses: {
      200: { description: 'The event is stored' },
      default: { description: 'What went wrong', content: { 'application/problem+json': { schema: problemSchema } } },
    },
  });
}
