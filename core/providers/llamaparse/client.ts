export interface LlamaParseSettings {
  apiKey: string;
  baseUrl?: string | undefined;
}

export const LLAMAPARSE = 'llamaparse';

/** The client, made on first use. `maxRetries: 0` because Temporal retries (the SDK would try five times). */
export function createLlamaParseClient({ apiKey, baseUrl }: LlamaParseSettings) {
  const load = async () => {
    const { default: LlamaCloud, toFile } = await import('@llamaindex/llama-cloud');
    return { client: new LlamaCloud({ apiKey, baseURL: baseUrl, maxRetries: 0, logLevel: 'off' }), toFile };
  };
  let loaded: ReturnType<typeof load> | undefined;
  return () => (loaded ??= load());
}

export type LlamaParseClient = ReturnType<typeof createLlamaParseClient>;
