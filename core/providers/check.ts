import type { Config } from '../config';
import { isAppError, type AppError, type ErrorCode } from '../errors';
import { callProvider } from './call';
import { createProviderClients, type ProviderClients } from './clients';
import { configuredModels, loadRetirements, retirementOf, type ConfiguredModel, type Retirement } from './models';
import { KEY_VARIABLES, type ProviderKind, type ProviderName } from './requirements';

export interface ProviderCheck {
  name: ProviderName;
  kind: ProviderKind;
  model: string;
  use: ConfiguredModel['use'];
  /** `warning`: it works today. */
  status: 'ok' | 'warning' | 'error';
  /** Present for an error that the provider answered. */
  code?: ErrorCode;
  problem?: string;
  /** What to do, one sentence. */
  advice?: string;
}

const CHECK_TIMEOUT_MS = 10_000;
/** A quarter is time enough to try a successor out. */
const WARN_AHEAD_DAYS = 90;
const DAY_MS = 24 * 3600 * 1000;

interface Answer {
  isServed: boolean;
  /** What the provider itself says of the model's last day. */
  shutdown?: string | null;
}

type Ask = (clients: ProviderClients, model: string, signal: AbortSignal) => Promise<Answer>;

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
    const found = data.find(({ id }) => id === model || id === `${model}:latest`);
    const shutdown = found && 'shutdown_date' in found ? found.shutdown_date : null;
    return { isServed: found !== undefined, shutdown: typeof shutdown === 'string' ? shutdown : null };
  },
  llamaparse: async ({ llamaparse }, _model, signal) => {
    const { client } = await llamaparse();
    // The tiers are fixed, so that it answers is enough.
    await client.parsing.listVersions(request(signal));
    return { isServed: true };
  },
};

function adviceFor(code: ErrorCode, provider: ConfiguredModel, retirement: Retirement | null): string {
  switch (code) {
    case 'PROVIDER_AUTH':
      return `Check ${KEY_VARIABLES[provider.name]}: the provider refuses it, or it may not use this model.`;
    case 'MODEL_RETIRED':
      return adviceToReplace(provider, retirement);
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

/** A successor needs a price as well, or every call of it is refused. */
function adviceToReplace({ name, variable, use }: ConfiguredModel, retirement: Retirement | null): string {
  const priced = 'config/prices.json must have a row for it';
  if (use === 'chain' || use === 'agent') {
    const instead = retirement ? `${name}/${retirement.successor}` : `another model of ${name}`;
    const where = use === 'chain' ? 'chains of the media settings' : 'model_chain of a new version of the agents';
    return `Name ${instead} in the ${where} that name this one; ${priced}.`;
  }
  const setting = variable ?? 'its model';
  return retirement
    ? `Set ${setting}=${retirement.successor} and restart; ${priced}.`
    : `Set ${setting} to a model that the provider serves and restart; ${priced}.`;
}

async function checkOne(
  provider: ConfiguredModel,
  { clients, nowMs }: { clients: ProviderClients; nowMs: number },
): Promise<ProviderCheck> {
  const { kind, name, model, use } = provider;
  const checked = { kind, name, model, use };
  const ask = ASK[provider.name];
  if (ask === undefined) return { ...checked, status: 'ok' };
  const known = retirementOf(loadRetirements(), provider.name, model);
  const failed = (code: ErrorCode, problem: string): ProviderCheck => {
    return { ...checked, status: 'error', code, problem, advice: adviceFor(code, provider, known) };
  };
  const options = { signal: new AbortController().signal, timeoutMs: CHECK_TIMEOUT_MS };
  try {
    const answer = await callProvider(provider.name, options, (signal) => ask(clients, model, signal));
    if (!answer.isServed) return failed('MODEL_RETIRED', `${provider.name} does not list ${model}`);
    const shutdown = answer.shutdown ?? known?.shutdown;
    if (shutdown === undefined || Date.parse(shutdown) - nowMs > WARN_AHEAD_DAYS * DAY_MS)
      return { ...checked, status: 'ok' };
    const problem = `${provider.name} withdraws ${model} on ${shutdown}`;
    return { ...checked, status: 'warning', problem, advice: adviceToReplace(provider, known) };
  } catch (error) {
    if (isAppError(error)) return failed(error.code, withModel(error, model));
    throw error;
  }
}

function withModel({ code, message }: AppError, model: string): string {
  return code === 'MODEL_RETIRED' ? `${message}: it does not serve ${model} (any more)` : message;
}

/**
 * Asks every provider that a chain names and that has a configuration whether it answers, takes the key and serves the
 * model, the cheaper one for short budgets as well, all at once, at most 10 seconds each, and looks up whether the model's
 * last day is near. Costs nothing. Never throws for a provider's failure.
 *
 * @param inChains models that chains of projects and agents name, to be checked as well
 */
export function checkProviders(config: Config, inChains: readonly ConfiguredModel[] = []): Promise<ProviderCheck[]> {
  const clients = createProviderClients(config);
  const nowMs = Date.now();
  const models = [...configuredModels(config), ...inChains];
  return Promise.all(models.map((model) => checkOne(model, { clients, nowMs })));
}
