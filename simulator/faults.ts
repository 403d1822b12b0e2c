import type { ProviderName } from './types';

export type Fault =
  /** Answers at once, without doing the work. */
  | { kind: 'status'; status: number; body?: unknown; headers?: Record<string, string> }
  /** Never answers. */
  | { kind: 'hang' }
  /** Does the work and answers later. */
  | { kind: 'delay'; ms: number }
  /** 200 with JSON that ends too early. */
  | { kind: 'malformed' }
  /** Destroys the connection without doing the work. */
  | { kind: 'reset' }
  /** Sends the headers and half of the body, then destroys the connection. */
  | { kind: 'cut' }
  /** 200 that says the content was blocked. */
  | { kind: 'block' }
  /** 200 in which the model declines. */
  | { kind: 'refusal' }
  /** Does the work (a send counts as sent) and loses the answer. */
  | { kind: 'accept_then_drop' };

export interface FaultOptions {
  /** How many requests it hits. Absent: until cleared. */
  times?: number;
  /** Only requests whose path contains this. */
  matchPath?: string;
}

interface QueuedFault {
  fault: Fault;
  remaining: number;
  matchPath: string | undefined;
}

/** Faults waiting to happen, first come, first served, per provider. */
export class FaultQueue {
  private readonly queues = new Map<ProviderName, QueuedFault[]>();

  add(provider: ProviderName, fault: Fault, options: FaultOptions = {}): void {
    const canBlock = provider === 'vertex' || provider === 'groq' || provider === 'openai';
    if ((fault.kind === 'block' || fault.kind === 'refusal') && !canBlock) {
      throw new Error(`${provider} has no answer of kind ${fault.kind}`);
    }
    const queue = this.queues.get(provider) ?? [];
    queue.push({ fault, remaining: options.times ?? Number.POSITIVE_INFINITY, matchPath: options.matchPath });
    this.queues.set(provider, queue);
  }

  /** The fault this request meets, used up by it. */
  take(provider: ProviderName, path: string): Fault | undefined {
    const queue = this.queues.get(provider);
    if (!queue?.length) return undefined;
    const index = queue.findIndex((entry) => !entry.matchPath || path.includes(entry.matchPath));
    const entry = queue[index];
    if (!entry) return undefined;
    entry.remaining -= 1;
    if (entry.remaining <= 0) queue.splice(index, 1);
    return entry.fault;
  }

  clear(provider?: ProviderName): void {
    if (provider) this.queues.delete(provider);
    else this.queues.clear();
  }
}

const openAiError = (message: string, type: string, code: string | null) => ({
  error: { message, type, param: null, code },
});

/** An error body in the provider's own shape. */
export function errorBody(
  provider: ProviderName,
  status: number,
  message: string,
  code: string | null = null,
): unknown {
  switch (provider) {
    case 'vertex':
      return { error: { code: status, message, status: code ?? vertexStatus(status), details: [] } };
    case 'groq':
    case 'openai':
      return openAiError(message, status >= 500 ? 'server_error' : 'invalid_request_error', code);
    case 'llamaparse':
      return { detail: message };
    case 'jina':
      return { detail: message, ...(code === null ? {} : { code }) };
    case 'waha':
      return { statusCode: status, message, error: message };
  }
}

function vertexStatus(status: number): string {
  const names: Record<number, string> = {
    400: 'INVALID_ARGUMENT',
    401: 'UNAUTHENTICATED',
    403: 'PERMISSION_DENIED',
    404: 'NOT_FOUND',
    429: 'RESOURCE_EXHAUSTED',
    503: 'UNAVAILABLE',
    504: 'DEADLINE_EXCEEDED',
  };
  return names[status] ?? 'INTERNAL';
}

/** 429 that passes. Vertex sends no retry-after; the others do when `retryAfterSeconds` is given. */
export function rateLimited(provider: ProviderName, retryAfterSeconds?: number): Fault {
  const headers: Record<string, string> =
    retryAfterSeconds === undefined || provider === 'vertex' ? {} : { 'retry-after': String(retryAfterSeconds) };
  if (provider === 'vertex') {
    const body = errorBody('vertex', 429, 'Resource exhausted. Please try again later.');
    return { kind: 'status', status: 429, body, headers };
  }
  if (provider === 'llamaparse' || provider === 'waha' || provider === 'jina') {
    return { kind: 'status', status: 429, body: errorBody(provider, 429, 'Rate limit exceeded'), headers };
  }
  const wait = retryAfterSeconds ?? 5.289;
  const body = openAiError(`Rate limit reached. Please try again in ${wait}s.`, 'tokens', 'rate_limit_exceeded');
  return { kind: 'status', status: 429, body, headers: { ...headers, 'x-ratelimit-remaining-requests': '0' } };
}

/** 429 that does not pass: the account has no money left (OpenAI). */
export const insufficientQuota = (): Fault => ({
  kind: 'status',
  status: 429,
  body: openAiError('You exceeded your current quota.', 'insufficient_quota', 'insufficient_quota'),
});

/** 404 of a model that is no longer served. */
export function retiredModel(provider: 'vertex' | 'groq' | 'openai', model: string): Fault {
  const message =
    provider === 'vertex'
      ? `Publisher Model \`${model}\` was not found or your project does not have access to it.`
      : `The model \`${model}\` does not exist or you do not have access to it.`;
  const code = provider === 'vertex' ? null : 'model_not_found';
  return { kind: 'status', status: 404, body: errorBody(provider, 404, message, code) };
}

export const unauthorized = (provider: ProviderName): Fault => ({
  kind: 'status',
  status: 401,
  body: errorBody(provider, 401, 'Invalid API key', provider === 'vertex' ? null : 'invalid_api_key'),
});

/** Jina without balance: 402 or 403, its documents disagree. */
export const outOfBalance = (status: 402 | 403): Fault => ({
  kind: 'status',
  status,
  body: errorBody('jina', status, 'Insufficient account balance', 'AUTHZ_INSUFFICIENT_BALANCE'),
});

/** 402: LlamaParse without credits. */
export const outOfCredits = (): Fault => ({
  kind: 'status',
  status: 402,
  body: { detail: "You've exceeded the maximum number of credits for your plan." },
});

/** 503 in the provider's own shape. */
export const overloaded = (provider: ProviderName): Fault => ({
  kind: 'status',
  status: 503,
  body: errorBody(
    provider,
    503,
    'The service is currently overloaded',
    provider === 'openai' ? 'server_is_overloaded' : null,
  ),
});

/** 502 with HTML from a proxy in front of the provider. */
export const badGatewayHtml = (): Fault => ({
  kind: 'status',
  status: 502,
  body: '<html><head><title>502 Bad Gateway</title></head></html>',
  headers: { 'content-type': 'text/html' },
});

/** WAHA's refusal to write to one more unknown contact: not to be retried. */
export const newContactLimit = (): Fault => ({
  kind: 'status',
  status: 500,
  body: {
    statusCode: 500,
    timestamp: '2026-01-01T00:00:00.000Z',
    exception: { name: 'Error', message: 'server returned error 463' },
    request: {},
    version: { version: '2026.7.1', engine: 'GOWS', tier: 'CORE' },
  },
});
