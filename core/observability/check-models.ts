import type { Config } from '../config';
import type { Logger } from '../logging/logger';
import { checkProviders } from '../providers/check';
import { operationsOf } from '../providers/expected-calls';
import { metrics } from './metrics';
import type { StatePublisher } from './provider-states';

/**
 * Asks the providers for their models once, at start, and says loudly what is wrong: in the log, in the metrics and in
 * `GET /api/v1/providers`. Blocks nothing, because what works must go on working.
 */
export async function checkModels(config: Config, logger: Logger, publisher: StatePublisher): Promise<void> {
  const problems = new Map<string, string>();
  for (const { name, kind, model, status, code, problem = '', advice = '' } of await checkProviders(config)) {
    const isProblem = status === 'warning' || code === 'MODEL_RETIRED';
    for (const operation of operationsOf(kind)) {
      metrics.modelProblems.set({ provider: name, operation }, isProblem ? 1 : 0);
      if (isProblem) problems.set(`${name} ${operation}`, `${problem}. ${advice}`);
    }
    if (status !== 'ok') logger.warn({ provider: name, kind, model, code, problem, advice }, 'provider check');
  }
  publisher.setModelProblems(problems);
}
