import type { IntentVote, RouterName } from './intents/types';
import type { RequestedCall } from './limits';

/** What one model call came to. The words stay in the database, under (turn, step). */
export type ModelStep =
  | { kind: 'reply' }
  | {
      kind: 'tools';
      calls: RequestedCall[];
      /** A call is among them that a person would have to allow. */
      needsApproval?: boolean;
    };

/** `rewrite`: the answer said what no tool did, and the model has been told so. */
export type ReplyOutcome = 'replied' | 'handed_over' | 'silenced' | 'failed' | 'interrupted' | 'rewrite';

export interface TurnRef {
  tenantId: string;
  turnId: string;
}

export interface ToolCallRef extends TurnRef {
  step: number;
  callId: string;
}

/** How a turn asks: the agent's language models in order, and how long to wait before it asks all of them once more. */
export interface TurnPlan {
  providers: string[];
  retryAfterMs: number;
  /** Routers to ask because the intent is not sure yet. Turns from before there were several have none. */
  intentRouters?: RouterName[];
  /** The first reading's own vote, where the routers decide by consensus. */
  intentVote?: IntentVote;
  /** Turns from before the first question to a model told the channel have an activity for it. */
  showsTyping?: boolean;
  /** Questions are embedded in this process, so a search calls no provider. */
  recallsAtOnce?: boolean;
  /** Memory was searched when the turn was prepared. Absent where that is still to be done. */
  isRecalled?: boolean;
  /** A rule wants a person before the agent says a word. */
  handOver?: HandOverReason;
}

/** Why a turn hands over to a person without being asked to. */
export type HandOverReason =
  | 'model_unavailable'
  | 'tool_limit'
  | 'empty_reply'
  | 'internal_error'
  | 'budget_exceeded'
  | 'escalated'
  | 'needs_approval'
  | 'unfounded_reply'
  | 'bot_to_bot';
