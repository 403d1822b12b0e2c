import type { Attribute } from './attributes';

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

/** What becomes of a new fact beside the facts of its subject and type. */
export const FACT_DECISIONS = ['keep_new', 'keep_old', 'merge', 'both_valid'] as const;
export type FactDecision = (typeof FACT_DECISIONS)[number];

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
  /** `contact`, or who or what else the fact is about. */
  subject: string;
  /** Of what holds one value at a time; see attributes.ts. */
  attribute: Attribute | null;
  value: string | null;
  /** A right the customer claims to have. */
  isClaimed: boolean;
  /** The words of the source message that say it. */
  quote: string;
  /** What the model would do with a fact it was shown. */
  proposal: { decision: FactDecision; factId: string } | null;
}

export interface StoredFact {
  id: string;
  contactId: string;
  type: FactType;
  text: string;
  confidence: number;
  subject: string;
  attribute: string | null;
  value: string | null;
  /** A right the customer claims to have: told as a claim, never acted on. */
  isClaimed: boolean;
  claimedBy: 'customer' | 'company';
  confirmedAt: Date | null;
  /** Null for what a person of the company wrote. */
  sourceMessageId: string | null;
  evidenceMessageIds: string[];
  saidAt: Date;
  validFrom: Date;
  validTo: Date | null;
  recordedAt: Date;
  expiresAt: Date | null;
  supersededBy: string | null;
  invalidatedAt: Date | null;
}

/** What a new fact is compared with. */
export type KnownFact = Pick<
  StoredFact,
  | 'id'
  | 'type'
  | 'text'
  | 'subject'
  | 'attribute'
  | 'value'
  | 'isClaimed'
  | 'claimedBy'
  | 'confirmedAt'
  | 'saidAt'
  | 'validTo'
  | 'supersededBy'
  | 'evidenceMessageIds'
>;
