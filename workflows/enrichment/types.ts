import type { ConversationKey } from '../../core/conversation/types';
import type { RunsAtOnce } from '../shared/at-once';

export interface EnrichmentInput extends RunsAtOnce {
  tenantId: string;
  enrichmentId: string;
  /** The message that carries the medium; null when a file was posted without one. */
  messageId: string | null;
  /** What is to be read, as the sender called it and as its search attribute says; absent in starts of older versions. */
  mediaKind?: string | undefined;
  /** Whether the text goes into memory even when its conversation is over. */
  isRemembered: boolean;
  /** Told when the text is there or certain not to come. */
  conversation: ConversationKey | null;
}

/** What the query `getState` answers. */
export interface EnrichmentState {
  /** How many times the whole chain has failed. */
  round: number;
  /** ISO 8601; null while it is being read. */
  waitingUntil: string | null;
  /** Why the last round failed, one code for each provider in the order of the chain. */
  lastCodes: string[];
}

export interface EnrichmentOutcome {
  hasText: boolean;
}
