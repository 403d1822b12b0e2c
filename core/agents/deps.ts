import type { Logger } from '../logging/logger';
import type { EmbedQueryDeps } from '../memory/embed-query';
import type { Providers } from '../providers/registry';

/** What a turn needs from the outside. */
export interface AgentDeps extends EmbedQueryDeps {
  providers: Providers;
  logger: Logger;
}
