import type { Config } from '../../core/config';
import { liveStates, type ProviderState } from '../../core/observability/provider-states';
import { operationsOf } from '../../core/providers/expected-calls';
import { loadRetirements, retirementOf } from '../../core/providers/models';
import { modelOf, namedProviders, unconfigured } from '../../core/providers/requirements';
import type { EdgeDeps } from './edge';
import { route, type Route } from './route';
import { timestamp, z } from './zod';

const breaker = () => z.enum(['closed', 'half_open', 'open']);

const processSchema = z
  .object({
    process: z.string().openapi({ description: 'Breakers and bulkheads belong to one process; this names it' }),
    role: z.enum(['api', 'workers']),
    breaker: breaker(),
    open_circuits: z.number().int().openapi({ description: 'Of a channel: how many accounts are left alone' }),
    since: timestamp(),
    last_error_code: z.string().nullable(),
    last_error_at: timestamp().nullable(),
    bulkhead: z.object({
      max_concurrent: z.number().int(),
      in_use: z.number().int(),
      waiting: z.number().int(),
      rejected: z.number().int().openapi({ description: 'Since the process started' }),
    }),
    model_problem: z.string().nullable().openapi({ description: 'What the check at start found' }),
    seen_at: timestamp(),
  })
  .openapi('ProviderProcess');

const providerSchema = z
  .object({
    provider: z.string(),
    operation: z.string(),
    configured: z.boolean(),
    model: z.string().nullable(),
    advice: z.string().nullable().openapi({ description: 'What to set, where something is missing' }),
    retirement: z
      .object({ shutdown: z.iso.date(), successor: z.string() })
      .nullable()
      .openapi({ description: 'The known last day of the model' }),
    breaker: breaker().nullable().openapi({ description: 'The worst of all processes; null where none was seen' }),
    processes: z.array(processSchema),
  })
  .openapi('ProviderStatus');

type Provider = z.input<typeof providerSchema>;

const SEVERITY = { closed: 0, half_open: 1, open: 2 } as const;

export function providerRoutes({ db, config }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/providers',
      tag: 'providers',
      summary: 'How the providers fare: configuration, models, breakers and bulkheads',
      description:
        'Breakers and bulkheads belong to a process. Each process writes its own down after every change and every ten ' +
        'seconds; one that was silent for 35 seconds is left out.',
      scope: 'settings.view',
      response: {
        status: 200,
        description: 'One row for each operation of each provider',
        body: z.object({ data: z.array(providerSchema) }),
      },
      async handler() {
        return { data: listProviders(config, await liveStates(db)) };
      },
    }),
  ];
}

/** What is configured, then what a chain names without configuration, then what was called besides (channels). */
function listProviders(config: Config, states: ProviderState[]): Provider[] {
  const retirements = loadRetirements();
  const configured = namedProviders(config).flatMap((named) =>
    operationsOf(named.kind).map((operation) => {
      const model = modelOf(config, named);
      const retirement = retirementOf(retirements, named.name, model);
      return { provider: named.name, operation, configured: true, model, advice: null, retirement };
    }),
  );
  const absent = unconfigured(config).flatMap(({ kind, name, advice }) =>
    operationsOf(kind).map((operation) => {
      return { provider: name, operation, configured: false, model: null, advice, retirement: null };
    }),
  );
  const known = [...configured, ...absent];
  const isKnown = (state: ProviderState) =>
    known.some(({ provider, operation }) => provider === state.provider && operation === state.operation);
  const others = new Map(
    states
      .filter((state) => !isKnown(state))
      .map(({ provider, operation, model }) => [
        `${provider} ${operation}`,
        { provider, operation, configured: true, model, advice: null, retirement: null },
      ]),
  );
  return [...known, ...others.values()].map((row) => {
    const own = states.filter(({ provider, operation }) => provider === row.provider && operation === row.operation);
    const [worst] = own.toSorted((a, b) => SEVERITY[b.breaker] - SEVERITY[a.breaker]);
    return { ...row, breaker: worst?.breaker ?? null, processes: own.map(processOf) };
  });
}

function processOf(state: ProviderState): z.input<typeof processSchema> {
  return {
    process: state.processId,
    role: state.role,
    breaker: state.breaker,
    open_circuits: state.openCircuits,
    since: state.since.toISOString(),
    last_error_code: state.lastErrorCode,
    last_error_at: state.lastErrorAt?.toISOString() ?? null,
    bulkhead: {
      max_concurrent: state.maxConcurrent,
      in_use: state.inUse,
      waiting: state.waiting,
      rejected: state.rejected,
    },
    model_problem: state.modelProblem,
    seen_at: state.seenAt.toISOString(),
  };
}
