import type { Config } from '../core/config';
import { createDatabase } from '../core/database';
import { createLogger, type Logger } from '../core/logging/logger';
import { createFfmpegTools } from '../core/media/ffmpeg';
import { createGuardedFetch } from '../core/media/guarded-fetch';
import { createLocalMediaStore } from '../core/media/store';
import { createLedger } from '../core/money/ledger';
import { loadPrices, type PriceTable } from '../core/money/price-table';
import { expectedCalls } from '../core/providers/expected-calls';
import { createProviders } from '../core/providers/create-providers';
import { createObservedPolicy } from '../core/observability/calls';
import { createWahaHistory, type WahaHistory } from '../core/providers/waha/history';
import { createSecretBox } from '../core/security/secret-box';
import type { AgentDeps } from '../core/agents/deps';
import type { EnrichmentDeps } from '../core/enrichment/deps';
import type { ForgettingDeps } from '../core/memory/forgetting/forget-contact';
import type { SendingDeps } from '../core/sending/send-message';
import { createContactWorkflows } from './contact-workflows';

export type WorkerDeps = { logger: Logger; prices: PriceTable; wahaHistory: WahaHistory } & EnrichmentDeps &
  AgentDeps &
  SendingDeps &
  ForgettingDeps;

/** Everything the activities use, from the configuration. */
export function createWorkerDeps(
  config: Config,
  logger: Logger = createLogger('workers', config.LOG_LEVEL),
): WorkerDeps {
  const guardedFetch = createGuardedFetch({ allowedPrivateHosts: config.ALLOWED_PRIVATE_HOSTS });
  const providers = createProviders(config, { logger });
  const prices = loadPrices({ file: config.PRICES_FILE, logger });
  return {
    config,
    logger,
    prices,
    providers,
    embeddings: providers.embeddings,
    embeddingsOf: providers.embeddingsOf,
    db: createDatabase({
      url: config.DATABASE_URL,
      maxConnections: config.DATABASE_MAX_CONNECTIONS,
      preparedStatements: config.DATABASE_PREPARED_STATEMENTS,
    }),
    ledger: createLedger(prices),
    callPolicy: createObservedPolicy(logger, { expected: expectedCalls(config, 'workers') }),
    mediaStore: createLocalMediaStore(config.MEDIA_DIR),
    guardedFetch,
    wahaHistory: createWahaHistory({ fetch: guardedFetch }),
    ffmpeg: createFfmpegTools({ ffmpegPath: config.FFMPEG_PATH }),
    secretBox: createSecretBox(config.ENCRYPTION_KEY),
    contactWorkflows: createContactWorkflows(config),
  };
}
