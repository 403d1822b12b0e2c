import type { GoogleGenAI as GoogleGenAIClient, HttpOptions } from '@google/genai';
import { callProvider } from '../call';
import type { CallOptions } from '../ports';

export interface VertexSettings {
  project: string;
  location: string;
  /** Another host, such as a simulator; Google's own when absent. */
  baseUrl?: string | undefined;
  /** Used as it is, instead of the application default credentials. */
  accessToken?: string | undefined;
}

/** What every request to Vertex carries in its `config`. */
interface VertexRequest {
  httpOptions: HttpOptions;
  abortSignal: AbortSignal;
}

export type VertexCall = <T>(
  options: CallOptions,
  request: (client: GoogleGenAIClient, config: VertexRequest) => Promise<T>,
) => Promise<T>;

export const VERTEX = 'vertex';

/** The token's real expiry is unknown here, and the client would try to refresh one it believes expired. */
const ASSUMED_TOKEN_LIFE_MS = 365 * 24 * 3600 * 1000;

async function createClient({ project, location, baseUrl, accessToken }: VertexSettings): Promise<GoogleGenAIClient> {
  const [{ GoogleGenAI }, { OAuth2Client }] = await Promise.all([
    import('@google/genai'),
    import('google-auth-library'),
  ]);
  const authClient = accessToken === undefined ? undefined : new OAuth2Client();
  authClient?.setCredentials({ access_token: accessToken, expiry_date: Date.now() + ASSUMED_TOKEN_LIFE_MS });
  return new GoogleGenAI({
    vertexai: true,
    project,
    location,
    // The SDK's default on Vertex is v1beta1.
    apiVersion: 'v1',
    ...(authClient ? { googleAuthOptions: { authClient } } : {}),
    ...(baseUrl ? { httpOptions: { baseUrl } } : {}),
  });
}

interface RefusedResponse {
  status: number;
  headers: Headers;
}

interface WatchedFetch {
  fetch: typeof fetch;
  refused: () => RefusedResponse | null;
  /** @throws SyntaxError when a success came without a JSON object */
  assertAnswered: () => void;
}

/**
 * The SDK's errors carry no headers, and no status either when an error's body is cut short. So each call watches its own
 * responses and puts both back on the error. Nor does the SDK look at what it is given: `null` breaks it with a TypeError that
 * would look like our mistake, and a list becomes an answer without candidates.
 */
function watchingFetch(): WatchedFetch {
  let refused: RefusedResponse | null = null;
  let isObject = true;
  return {
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      refused = response.ok ? null : { status: response.status, headers: response.headers };
      if (!response.ok) return response;
      const text = await response.text();
      isObject = /^\s*\{/.test(text);
      return new Response(text, { status: response.status, headers: response.headers });
    },
    refused: () => refused,
    assertAnswered() {
      if (!isObject) throw new SyntaxError('the answer is no JSON object');
    },
  };
}

function withResponse(error: unknown, refused: RefusedResponse | null): unknown {
  if (refused === null || !(error instanceof Error)) return error;
  return Object.assign(new Error(error.message, { cause: error }), refused);
}

/**
 * Calls Vertex through one shared client, which is made on first use so that a process that never calls it does not load
 * the SDK. Retries stay off: `retryOptions` is never set.
 */
export function createVertexCall(settings: VertexSettings): VertexCall {
  let client: Promise<GoogleGenAIClient> | undefined;
  return (options, request) =>
    callProvider(VERTEX, options, async (signal) => {
      const { fetch, refused, assertAnswered } = watchingFetch();
      client ??= createClient(settings);
      try {
        const result = await request(await client, {
          httpOptions: { timeout: options.timeoutMs, fetch },
          abortSignal: signal,
        });
        assertAnswered();
        return result;
      } catch (error) {
        assertAnswered();
        throw withResponse(error, refused());
      }
    });
}
