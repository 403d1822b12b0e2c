import type { DoubleTextPolicy } from '../people/types';

/** One thread of one contact on one channel: what a conversation workflow is about. */
export interface ConversationKey {
  tenantId: string;
  channelId: string;
  contactId: string;
}

/** Who answers: the agents, nobody until a person comes, or a person. */
export type Handler = 'ai' | 'waiting' | 'human';

/** A message of the conversation, as its workflow needs it: ids and settings, never what was said. */
export interface ConversationMessage {
  messageId: string;
  sessionId: string;
  conversationId: string;
  fromMe: boolean;
  isGroup: boolean;
  /** Set when the message carries a medium that is to be read. */
  enrichmentId: string | null;
  /** What the channel calls that medium (`image`, `voice`, …); absent in messages of older versions. */
  mediaKind?: string | undefined;
  /** ai_agents_enabled of the channel: debounce, agent and memory. */
  agentsEnabled: boolean;
  debounceMs: number;
  sessionTimeoutMs: number;
  /** How long a turn waits for the text of its media. */
  mediaWaitMs: number;
  /** What becomes of it while an agent answers an earlier one; without it, `coalesce`. */
  doubleText?: DoubleTextPolicy | undefined;
  /** It came while an agent answered an earlier one, and is stored and remembered but not answered. */
  isRejected?: boolean | undefined;
  /** Nobody answered it while a person had the conversation, and with this `handler_version` the agents have it back. */
  handedBackAt?: number | undefined;
}
