import type { Config } from '../config';
import type { Logger } from '../logging/logger';
import type { CheaperModels } from '../money/cheaper-models';
import type { EmbedQueryDeps } from '../memory/embed-query';
import type { Providers } from '../providers/registry';

/** What a turn needs from the outside. */
export interface AgentDeps extends EmbedQueryDeps {
  config: Pick<Config, 'LANGUAGE_RETRY_MS' | 'INTENT_ROUTERS' | 'INTENT_ROUTING'> & CheaperModels;
  providers: Providers;
  logger: Logger;
}
