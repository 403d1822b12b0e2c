export interface OpenAiSettings {
  /** Compatible servers such as Ollama want none, but the SDK wants something. */
  apiKey: string;
  /** With `/v1`. Any compatible server. */
  baseUrl?: string | undefined;
}

export const OPENAI = 'openai';

/** The client of all OpenAI adapters, made on first use. `maxRetries: 0` because Temporal retries. */
export function createOpenAiClient({ apiKey, baseUrl }: OpenAiSettings) {
  const load = async () => {
    const { default: OpenAI, toFile } = await import('openai');
    return { client: new OpenAI({ apiKey, baseURL: baseUrl, maxRetries: 0, logLevel: 'off' }), toFile };
  };
  let loaded: ReturnType<typeof load> | undefined;
  return () => (loaded ??= load());
}

/** The SDK puts the header `x-request-id` of an answer there. Compatible servers may send none. */
export function requestIdsOf(reply: { _request_id?: string | null | undefined }): string[] {
  return reply._request_id ? [reply._request_id] : [];
}

export type OpenAiClient = ReturnType<typeof createOpenAiClient>;
