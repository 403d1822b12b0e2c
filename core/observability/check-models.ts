import type { Config } from '../config';
import type { Database } from '../database';
import type { Logger } from '../logging/logger';
import type { PriceTable } from '../money/price-table';
import { unpricedModels } from '../money/unpriced-models';
import { checkProviders } from '../providers/check';
import { operationsOf } from '../providers/expected-calls';
import type { NamedProvider } from '../providers/requirements';
import { chainModels } from './chain-models';
import { metrics } from './metrics';
import type { StatePublisher } from './provider-states';

/**
 * Asks the providers for their models once, at start, and says loudly what is wrong, and which model has no price: in the
 * log, in the metrics and in `GET /api/v1/providers`. Blocks nothing, because what works must go on working.
 */
export async function checkModels(
  { config, prices, db }: { config: Config; prices: PriceTable; db: Database },
  logger: Logger,
  publisher: StatePublisher,
): Promise<void> {
  // By provider and operation, which several models may share: the usual and the cheaper one.
  const problems = new Map<string, string[]>();
  const note = ({ kind, name }: NamedProvider, problem: string | null): void => {
    for (const operation of operationsOf(kind)) {
      const key = `${name} ${operation}`;
      const all = [...(problems.get(key) ?? []), ...(problem === null ? [] : [problem])];
      problems.set(key, all);
      metrics.modelProblems.set({ provider: name, operation }, all.length > 0 ? 1 : 0);
    }
  };
  const inChains = await chainModels(db);
  for (const unpriced of unpricedModels({ config, prices }, inChains)) {
    const { name, kind, model, problem } = unpriced;
    note(unpriced, problem);
    logger.warn({ provider: name, kind, model, code: 'PRICE_UNKNOWN', problem }, 'provider check');
  }
  for (const check of await checkProviders(config, inChains)) {
    const { name, kind, model, status, code, problem = '', advice = '' } = check;
    const isProblem = status === 'warning' || code === 'MODEL_RETIRED';
    note(check, isProblem ? `${problem}. ${advice}` : null);
    if (status !== 'ok') logger.warn({ provider: name, kind, model, code, problem, advice }, 'provider check');
  }
  const found = [...problems].filter(([, all]) => all.length > 0);
  publisher.setModelProblems(new Map(found.map(([key, all]) => [key, all.join(' ')])));
}
