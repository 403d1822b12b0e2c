export const KNOWLEDGE_STATUSES = ['queued', 'reading', 'embedding', 'completed', 'failed'] as const;
export type KnowledgeStatus = (typeof KNOWLEDGE_STATUSES)[number];

/** A document of the company's own, which its agents look things up in. */
export interface KnowledgeDocument {
  id: string;
  title: string;
  fileName: string | null;
  mimeType: string;
  sizeBytes: bigint;
  /** What reads it, when it is no plain text. */
  enrichmentId: string | null;
  status: KnowledgeStatus;
  /** Null for a text without pages. */
  pages: number | null;
  /** Passages are found once they are done; what the embedder refuses is never done. */
  passagesTotal: number;
  passagesDone: number;
  errorCode: string | null;
  createdAt: Date;
  finishedAt: Date | null;
}

export interface KnowledgeRef {
  tenantId: string;
  documentId: string;
}
