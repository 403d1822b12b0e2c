import type { Usage } from '../providers/ports';

export type PaidOperation = 'vision' | 'speech' | 'document' | 'embedding' | 'language' | 'rerank' | 'message';

/** What a cost belongs to, for the reports and for the budgets of a conversation, an agent or a campaign. */
export interface CostSubject {
  contactId?: string | null;
  conversationId?: string | null;
  enrichmentId?: string | null;
  groupId?: string | null;
  agentId?: string | null;
  campaignId?: string | null;
}

/**
 * Who waits for a paid call: a customer for a `reply`, nobody for `background` work (media, facts, vectors), which a
 * budget defers first.
 */
export type CostPurpose = 'reply' | 'background';

/** Each is one step worse than the one before; see docs/money.md. */
export const BUDGET_STATES = ['normal', 'cheaper_model', 'enrichment_deferred', 'human'] as const;
export type BudgetState = (typeof BUDGET_STATES)[number];

export interface Reservation {
  tenantId: string;
  /** One activity of one workflow run: its retries share the row. */
  activityKey: string;
  provider: string;
  model: string;
  /** Used instead while a budget is in the state `cheaper_model` or worse. */
  cheaperModel?: string | null | undefined;
  operation: PaidOperation;
  /** Absent: media, documents and vectors are `background`, language and rerank are `reply`. */
  purpose?: CostPurpose | undefined;
  subject: CostSubject;
  /** At least what the call can use. */
  upperBound: Usage;
  /** The call goes on with what an earlier try of the activity began, so the provider bills both once. */
  resumes?: boolean | undefined;
}
