import type { CheaperModels } from '../money/cheaper-models';
import type { EmbedQueryDeps } from './embed-query';
import type { Providers } from '../providers/registry';

/** What turning messages into memory needs from the outside. */
export interface MemoryPipelineDeps extends EmbedQueryDeps {
  config: CheaperModels;
  providers: Providers;
}

/** One attempt of one activity: who pays, and when to stop. */
export interface MemoryAttempt {
  activityKey: string;
  signal: AbortSignal;
}
