import type http from 'node:http';
import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import type { Simulator } from './index';
import { listen, readBody, type RunningServer } from './http';
import { SESSION_STATUSES } from './providers/waha';
import { simulatorScriptSchema } from './script';
import { PROVIDER_NAMES } from './types';

const provider = z.enum(PROVIDER_NAMES);

const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('status'),
    status: z.number().int(),
    body: z.unknown().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({ kind: z.literal('delay'), ms: z.number() }),
  z.strictObject({ kind: z.enum(['hang', 'malformed', 'reset', 'cut', 'block', 'refusal', 'accept_then_drop']) }),
]);

const faultRequest = z.strictObject({
  provider,
  fault: faultSchema,
  times: z.number().int().min(1).optional(),
  matchPath: z.string().optional(),
});

const webhookRequest = z.strictObject({
  session: z.string(),
  url: z.string(),
  hmacKey: z.string().nullable(),
  events: z.array(z.string()).optional(),
  retryDelayMs: z.number().optional(),
  retryAttempts: z.number().int().optional(),
  emitSendEvents: z.boolean().optional(),
});

const inboundRequest = z.strictObject({
  session: z.string().optional(),
  from: z.string(),
  pushName: z.string().optional(),
  type: z.enum(['text', 'image', 'voice', 'audio', 'video', 'document', 'sticker', 'location', 'contact']),
  text: z.string().optional(),
  file: z
    .strictObject({
      /** Base64. */
      bytes: z
        .string()
        .transform((value) => Buffer.from(value, 'base64'))
        .optional(),
      path: z.string().optional(),
      mimetype: z.string(),
      filename: z.string().optional(),
    })
    .optional(),
  caption: z.string().optional(),
  replyTo: z.string().optional(),
  participant: z.string().optional(),
  fromMe: z.boolean().optional(),
  id: z.string().optional(),
  timestampSeconds: z.number().int().optional(),
  copies: z.number().int().min(1).optional(),
  hmacKeyOverride: z.string().nullable().optional(),
});

const emitRequest = z.strictObject({ event: z.string(), payload: z.unknown(), session: z.string().optional() });

const sessionRequest = z.strictObject({
  session: z.string(),
  status: z.enum(SESSION_STATUSES),
});

const deduplicationRequest = z.strictObject({ session: z.string(), deduplicates: z.boolean() });

type Route = (body: unknown, query: URLSearchParams) => unknown;

function routesOf(simulator: Simulator): Record<string, Route> {
  const providerIn = (query: URLSearchParams) => provider.optional().parse(query.get('provider') ?? undefined);
  return {
    'GET /health': () => ({ status: 'ok', urls: simulator.urls }),
    'GET /requests': (_, query) => ({
      count: simulator.requestCount(providerIn(query)),
      requests: simulator.requests(providerIn(query)).slice(-Number(query.get('limit') ?? 20_000)),
    }),
    'GET /invoice': (_, query) => ({
      rows: simulator.invoice(providerIn(query)),
      totals: simulator.invoiceTotals(providerIn(query)),
    }),
    'GET /invoice.json': (_, query) => simulator.invoiceLines(providerIn(query)),
    'GET /invoice.csv': (_, query) => stringify(simulator.invoiceLines(providerIn(query)), { header: true }),
    'POST /faults': (body) => {
      const { provider: name, fault, ...options } = faultRequest.parse(body);
      simulator.fault(name, fault, options);
    },
    'DELETE /faults': (_, query) => simulator.clearFaults(providerIn(query)),
    'POST /script': (body) => simulator.script(simulatorScriptSchema.parse(body)),
    'POST /reset': () => simulator.reset(),
    'POST /waha/webhook': (body) => simulator.waha.configureWebhook(webhookRequest.parse(body)),
    'POST /waha/receive': (body) => simulator.waha.receive(inboundRequest.parse(body)),
    'POST /waha/emit': (body) => {
      const { event, payload, session } = emitRequest.parse(body);
      return simulator.waha.emit(event, payload, session === undefined ? {} : { session });
    },
    'POST /waha/session': (body) => {
      const { session, status } = sessionRequest.parse(body);
      return simulator.waha.setSessionStatus(session, status);
    },
    'POST /waha/deduplication': (body) => {
      const { session, deduplicates } = deduplicationRequest.parse(body);
      simulator.waha.setDeduplication(session, deduplicates);
    },
    'GET /waha/sent': () => ({ sent: simulator.waha.sent(), pendingDeliveries: simulator.waha.pendingDeliveries() }),
  };
}

/** Everything a test can do in its own process, over HTTP and JSON. A malformed request is answered with 400. */
export function startControlServer(simulator: Simulator, port: number): Promise<RunningServer> {
  const routes = routesOf(simulator);
  return listen(port, (request, response) => {
    answer(request, routes).then(
      ({ status, body }) => write(response, status, body),
      (error: unknown) => writeJson(response, 500, { error: error instanceof Error ? error.message : String(error) }),
    );
  });
}

async function answer(
  request: http.IncomingMessage,
  routes: Record<string, Route>,
): Promise<{ status: number; body: unknown }> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const raw = await readBody(request);
  const route = routes[`${request.method} ${url.pathname}`];
  if (!route) return { status: 404, body: { error: 'Not found', routes: Object.keys(routes) } };
  try {
    const body: unknown = raw.length > 0 ? JSON.parse(raw.toString('utf8')) : {};
    return { status: 200, body: (await route(body, url.searchParams)) ?? { ok: true } };
  } catch (error) {
    if (error instanceof z.ZodError) return { status: 400, body: { error: z.prettifyError(error) } };
    if (error instanceof SyntaxError) return { status: 400, body: { error: error.message } };
    throw error;
  }
}

function write(response: http.ServerResponse, status: number, body: unknown): void {
  if (typeof body !== 'string') return writeJson(response, status, body);
  response.writeHead(status, { 'content-type': 'text/csv; charset=utf-8' });
  response.end(body);
}

function writeJson(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
