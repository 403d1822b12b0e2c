import type { ConversationKey } from '../../core/conversation/types';

export interface EnrichmentInput {
  tenantId: string;
  enrichmentId: string;
  /** The message that carries the medium; null when a file was posted without one. */
  messageId: string | null;
  /** Whether the text goes into memory even when its conversation is over. */
  isRemembered: boolean;
  /** Told when the text is there or certain not to come. */
  conversation: ConversationKey | null;
}

export interface EnrichmentOutcome {
  hasText: boolean;
}
