export const FACT_TYPES = [
  'budget',
  'preference',
  'objection',
  'pain_point',
  'timeline',
  'goal',
  'technical_issue',
  'environment_info',
  'decision_maker',
  'competitor',
  'constraint',
  'attribute',
  'event',
] as const;
export type FactType = (typeof FACT_TYPES)[number];

/** A message of the customer that facts may come from. */
export interface FactMessage {
  id: string;
  sentAt: Date;
  text: string;
}

/** A fact as extracted and checked, not stored yet. */
export interface ExtractedFact {
  type: FactType;
  /** In the customer's language. */
  text: string;
  /** Evidence-based, 0..1; see confidence.ts. */
  confidence: number;
  sourceMessageId: string;
  /** When the source message was sent: the fact holds at least since then unless `startsAt` says otherwise. */
  saidAt: Date;
  /** What the fact speaks of, for example the week of an installation. */
  startsAt: Date | null;
  endsAt: Date | null;
}

export interface StoredFact {
  id: string;
  contactId: string;
  type: FactType;
  text: string;
  confidence: number;
  sourceMessageId: string;
  evidenceMessageIds: string[];
  validFrom: Date;
  validTo: Date | null;
  recordedAt: Date;
  expiresAt: Date | null;
}
