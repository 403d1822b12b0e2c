export const SENTIMENTS = ['positive', 'neutral', 'negative', 'mixed'] as const;
export type Sentiment = (typeof SENTIMENTS)[number];

export const ENTITY_TYPES = ['person', 'company', 'product', 'place', 'date', 'amount', 'order', 'other'] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

/** What an ended session came to, in the customer's language. */
export interface SessionSummary {
  summary: string;
  topics: string[];
  sentiment: Sentiment;
  /** -1 to 1. */
  sentimentScore: number;
  /** One sentence. */
  outcome: string;
  resolved: boolean;
  escalated: boolean;
  converted: boolean;
  nextSteps: string[];
  keyEntities: { type: EntityType; name: string }[];
}

/** A message of the session as the model reads it. */
export interface SummaryMessage {
  fromMe: boolean;
  sentAt: Date;
  text: string;
}

/** An ended session that may be summed up. */
export interface SessionToSummarize {
  sessionId: string;
  contactId: string;
  conversationId: string;
  startedAt: Date;
  timezone: string;
  language: string;
  /** Oldest first. */
  messages: SummaryMessage[];
}
