import type { ConversationKey, ConversationMessage, Handler } from '../../core/conversation/types';

export interface ConversationInput extends ConversationKey {
  /** Continue as new once history has this many events; without it, when the server suggests it (4,096). */
  historyEventLimit?: number;
  /** State carried over from the run before. */
  carried?: CarriedState;
}

export interface CarriedState {
  pending: ConversationMessage[];
  /** Media whose text was not there when their turn had to go on. */
  unread: ConversationMessage[];
  /** Media whose text came after their turn and that wait for one of their own. */
  late: ConversationMessage[];
  /** Media of `pending` whose text is known to be there, or known not to come. */
  settledMessageIds: string[];
  handler: Handler;
  sessions: SessionClock[];
  turnsDone: number;
  /** Given back, and not looked at yet. */
  handedBack?: HandedBack;
}

/** A conversation that a person gave back, at this `handler_version`. */
export interface HandedBack {
  conversationId: string;
  handlerVersion: number;
}

export interface SessionClock {
  sessionId: string;
  timeoutMs: number;
}

/** Answer of the `getState` query. */
export interface ConversationState {
  pendingMessageIds: string[];
  /** Media whose text is still being made. */
  unreadMessageIds: string[];
  runningTurnId: string | null;
  session: SessionClock | null;
  handler: Handler;
  turnsDone: number;
}
