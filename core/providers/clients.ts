import type { Config } from '../config';
import { createGroqClient, type GroqClient } from './groq/speech';
import { createLlamaParseClient, type LlamaParseClient } from './llamaparse/client';
import { createOpenAiClient, type OpenAiClient } from './openai/client';
import { createVertexCall, type VertexCall } from './vertex/client';

/** One client per vendor, shared by its adapters. */
export interface ProviderClients {
  vertex: VertexCall;
  groq: GroqClient;
  openai: OpenAiClient;
  llamaparse: LlamaParseClient;
}

/** Servers of one's own (Ollama, a simulator) want no key, but the SDKs refuse to start without. */
export const NO_KEY = 'none';

/** The clients the configuration describes. None is made, and no SDK loaded, before its first request. */
export function createProviderClients(config: Config): ProviderClients {
  return {
    vertex: createVertexCall({
      project: config.VERTEX_PROJECT ?? '',
      location: config.VERTEX_LOCATION,
      baseUrl: config.VERTEX_BASE_URL,
      accessToken: config.VERTEX_ACCESS_TOKEN,
    }),
    groq: createGroqClient({ apiKey: config.GROQ_API_KEY ?? NO_KEY, baseUrl: config.GROQ_BASE_URL }),
    openai: createOpenAiClient({ apiKey: config.OPENAI_API_KEY ?? NO_KEY, baseUrl: config.OPENAI_BASE_URL }),
    llamaparse: createLlamaParseClient({
      apiKey: config.LLAMA_CLOUD_API_KEY ?? NO_KEY,
      baseUrl: config.LLAMA_CLOUD_BASE_URL,
    }),
  };
}
