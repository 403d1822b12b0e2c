import { parseDurationMs, parseRetryAfterMs } from './retry-after';

/** What is known about a failed call, whichever SDK reported it. */
export interface FailureFacts {
  /** `timeout` and `network`: no answer arrived. `malformed`: an answer arrived that cannot be read. */
  kind: 'timeout' | 'network' | 'malformed' | 'answer' | 'unknown';
  status: number | null;
  /** The provider's own code, lower case, such as `insufficient_quota` or `resource_exhausted`. */
  providerCode: string;
  /** Everything the provider said, lower case. For matching only: it may repeat what we sent. */
  text: string;
  retryAfterMs: number | undefined;
}

type Bag = Record<string, unknown>;

function isBag(value: unknown): value is Bag {
  return typeof value === 'object' && value !== null;
}

function bagAt(value: unknown, key: string): Bag | null {
  const inner = isBag(value) ? value[key] : undefined;
  return isBag(inner) ? inner : null;
}

/** HTTP statuses only: a DOMException has a numeric `code` as well. */
function firstStatus(...values: unknown[]): number | null {
  return values.find((value): value is number => typeof value === 'number' && value >= 100 && value < 600) ?? null;
}

function firstString(...values: unknown[]): string {
  return values.find((value): value is string => typeof value === 'string' && value !== '') ?? '';
}

/** An error and its causes, outermost first. Bounded, because a cause may point back. */
function chainOf(error: unknown): Bag[] {
  const chain: Bag[] = [];
  for (let link = error; isBag(link) && chain.length < 5; link = link['cause']) chain.push(link);
  return chain;
}

function headerOf(error: Bag, name: string): string | null {
  const headers = error['headers'];
  if (headers instanceof Headers) return headers.get(name);
  const value = isBag(headers) ? headers[name] : undefined;
  return typeof value === 'string' ? value : null;
}

/** The body of a Vertex error is the text of the message. */
function jsonIn(message: unknown): unknown {
  if (typeof message !== 'string' || !message.startsWith('{')) return null;
  try {
    return JSON.parse(message);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * The provider's error object: OpenAI unwraps it into `error.error`, Groq leaves the whole body there (so it is
 * `error.error.error`), Vertex writes the body into the message, LlamaParse answers `{detail}`.
 */
function providerBody(error: Bag): Bag {
  const body = bagAt(error, 'error') ?? jsonIn(error['message']);
  return bagAt(body, 'error') ?? (isBag(body) ? body : {});
}

const NETWORK_CODES =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|ENOTFOUND|EAI_AGAIN|EPIPE|EHOSTUNREACH|ENETUNREACH|CERT_.*|ERR_SSL_.*|ERR_TLS_.*|DEPTH_ZERO_.*|UND_ERR_.*)$/;
const TIMEOUT_CODES = /^(ETIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/;

function kindOf(chain: Bag[], status: number | null): FailureFacts['kind'] {
  // Names of classes, never `instanceof`: the SDKs exist twice in one process, as CommonJS and as ES modules.
  const names = chain.flatMap((link) => [firstString(link['name']), firstString(link.constructor?.name)]);
  const codes = chain.map((link) => firstString(link['code']));
  // The SDKs abort their own fetch on timeout, and the caller's abort was ruled out before.
  if (names.some((name) => /Timeout|^AbortError$|^APIUserAbortError$/.test(name))) return 'timeout';
  if (codes.some((code) => TIMEOUT_CODES.test(code))) return 'timeout';
  if (status !== null) return 'answer';
  if (codes.some((code) => NETWORK_CODES.test(code)) || names.includes('APIConnectionError')) return 'network';
  if (chain.some((link) => /^(fetch failed|terminated|other side closed)$/.test(firstString(link['message'])))) {
    return 'network';
  }
  return names.some((name) => /SyntaxError|ZodError/.test(name)) ? 'malformed' : 'unknown';
}

function retryInfoMs(body: Bag): number | undefined {
  const details: unknown[] = Array.isArray(body['details']) ? body['details'] : [];
  const info = details.filter(isBag).find((detail) => firstString(detail['@type']).endsWith('RetryInfo'));
  return parseDurationMs(info?.['retryDelay']);
}

/** Reads an error of any SDK by its shape: openai, groq-sdk, llama-cloud, genai, google-auth-library or fetch. */
export function failureFacts(error: unknown): FailureFacts {
  const chain = chainOf(error);
  const outer = chain[0] ?? {};
  const body = providerBody(outer);
  const status = firstStatus(...chain.flatMap((link) => [link['status'], link['statusCode'], link['code']]));
  return {
    kind: kindOf(chain, status),
    status,
    providerCode: firstString(body['code'], outer['code'], body['status'], body['type']).toLowerCase(),
    text: [...chain.map((link) => link['message']), body['message'], body['detail'], JSON.stringify(body['details'])]
      .filter((part) => typeof part === 'string')
      .join('\n')
      .toLowerCase(),
    retryAfterMs: parseRetryAfterMs(headerOf(outer, 'retry-after')) ?? retryInfoMs(body),
  };
}
