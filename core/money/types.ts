export type PaidOperation = 'vision' | 'speech' | 'document' | 'embedding' | 'language' | 'rerank';

/** What a cost belongs to, for the reports by conversation and contact. */
export interface CostSubject {
  contactId?: string | null;
  conversationId?: string | null;
  enrichmentId?: string | null;
  groupId?: string | null;
}
