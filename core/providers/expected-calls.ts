import type { Config } from '../config';
import type { CallOperation, CallTarget } from './policy';
import { modelOf, namedProviders, type ProviderKind } from './requirements';

const OPERATIONS: Readonly<Record<ProviderKind, readonly CallOperation[]>> = {
  vision: ['vision'],
  speech: ['speech'],
  documents: ['documents'],
  language: ['language'],
  embeddings: ['embeddings', 'query_embeddings'],
  rerank: ['rerank'],
};

/** What the API does itself, because a request waits for it; everything else is the workers'. */
const OF_THE_API: ReadonlySet<CallOperation> = new Set(['query_embeddings', 'rerank', 'language']);

export function operationsOf(kind: ProviderKind): readonly CallOperation[] {
  return OPERATIONS[kind];
}

/** The calls that a process with this configuration may make, so that their state is known before the first one. */
export function expectedCalls(config: Config, role: 'api' | 'workers'): CallTarget[] {
  return namedProviders(config).flatMap((provider) =>
    OPERATIONS[provider.kind]
      .filter((operation) => role === 'workers' || OF_THE_API.has(operation))
      .map((operation) => ({ provider: provider.name, operation, model: modelOf(config, provider) })),
  );
}
