import type { Config } from '../config';
import { isAppError, type AppError, type ErrorCode } from '../errors';
import { callProvider } from './call';
import { createProviderClients, type ProviderClients } from './clients';
import {
  KEY_VARIABLES,
  modelOf,
  namedProviders,
  type NamedProvider,
  type ProviderKind,
  type ProviderName,
} from './requirements';

export interface ProviderCheck {
  name: ProviderName;
  kind: ProviderKind;
  model: string;
  ok: boolean;
  problem?: string;
  /** What to do, one sentence. */
  advice?: string;
}

const CHECK_TIMEOUT_MS = 10_000;

type Ask = (clients: ProviderClients, model: string, signal: AbortSignal) => Promise<{ isServed: boolean }>;

const request = (signal: AbortSignal) => ({ signal, timeout: CHECK_TIMEOUT_MS });

/** The cheapest question whose answer proves key, address and model. None of them is billed. */
const ASK: Readonly<Partial<Record<ProviderName, Ask>>> = {
  vertex: async ({ vertex }, model, signal) => {
    await vertex({ signal, timeoutMs: CHECK_TIMEOUT_MS }, (client, config) => client.models.get({ model, config }));
    return { isServed: true };
  },
  groq: async ({ groq }, model, signal) => {
    const { client } = await groq();
    const { data } = await client.models.list(request(signal));
    return { isServed: data.some(({ id }) => id === model) };
  },
  openai: async ({ openai }, model, signal) => {
    const { client } = await openai();
    const { data } = await client.models.list(request(signal));
    // Ollama lists `name:latest` for what is asked for as `name`.
    return { isServed: data.some(({ id }) => id === model || id === `${model}:latest`) };
  },
  llamaparse: async ({ llamaparse }, _model, signal) => {
    const { client } = await llamaparse();
    // The tiers are fixed, so that it answers is enough.
    await client.parsing.listVersions(request(signal));
    return { isServed: true };
  },
};

function adviceFor(code: ErrorCode, name: ProviderName): string {
  switch (code) {
    case 'PROVIDER_AUTH':
      return `Check ${KEY_VARIABLES[name]}: the provider refuses it, or it may not use this model.`;
    case 'MODEL_RETIRED':
      return 'The provider does not serve this model (any more): name another one in its *_MODEL variable.';
    case 'PROVIDER_QUOTA':
      return 'Add credit to the account.';
    case 'PROVIDER_RATE_LIMITED':
      return 'The account is at its rate limit: try again in a minute.';
    case 'PROVIDER_REJECTED':
      return 'Check the base URL: OPENAI_BASE_URL ends in /v1, GROQ_BASE_URL does not.';
    default:
      return 'Check the base URL and that this machine can reach it.';
  }
}

function failed(error: AppError, provider: NamedProvider, model: string): ProviderCheck {
  return { ...provider, model, ok: false, problem: error.message, advice: adviceFor(error.code, provider.name) };
}

async function checkOne(config: Config, clients: ProviderClients, provider: NamedProvider): Promise<ProviderCheck> {
  const model = modelOf(config, provider);
  const ask = ASK[provider.name];
  if (ask === undefined) return { ...provider, model, ok: true };
  const options = { signal: new AbortController().signal, timeoutMs: CHECK_TIMEOUT_MS };
  try {
    const { isServed } = await callProvider(provider.name, options, (signal) => ask(clients, model, signal));
    if (isServed) return { ...provider, model, ok: true };
    return {
      ...provider,
      model,
      ok: false,
      problem: `${provider.name} does not list ${model}`,
      advice: adviceFor('MODEL_RETIRED', provider.name),
    };
  } catch (error) {
    if (isAppError(error)) return failed(error, provider, model);
    throw error;
  }
}

/**
 * Asks every provider that a chain names and that has a configuration whether it answers, takes the key and serves the
 * model, all at once, at most 10 seconds each. Costs nothing. Never throws for a provider's failure.
 */
export function checkProviders(config: Config): Promise<ProviderCheck[]> {
  const clients = createProviderClients(config);
  return Promise.all(namedProviders(config).map((provider) => checkOne(config, clients, provider)));
}
