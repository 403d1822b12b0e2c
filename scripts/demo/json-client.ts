import { z } from 'zod';

/** Calls one server with JSON, and believes nothing of its answers that the schema does not say. */
export interface JsonClient {
  get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>>;
  post<Schema extends z.ZodType>(path: string, body: unknown, schema: Schema): Promise<z.output<Schema>>;
}

const CALL_LIMIT_MS = 15_000;

export function createJsonClient(baseUrl: string, options: { signal: AbortSignal; apiKey?: string }): JsonClient {
  async function call<Schema extends z.ZodType>(method: string, path: string, schema: Schema, body?: unknown) {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.apiKey ? { authorization: `Bearer ${options.apiKey}` } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(CALL_LIMIT_MS)]),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`);
    const parsed = schema.safeParse(JSON.parse(text || 'null'));
    if (parsed.success) return parsed.data;
    throw new Error(`${method} ${path} answered something else than expected:\n${z.prettifyError(parsed.error)}`);
  }
  return {
    get: (path, schema) => call('GET', path, schema),
    post: (path, body, schema) => call('POST', path, schema, body),
  };
}
