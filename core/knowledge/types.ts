export const KNOWLEDGE_STATUSES = ['queued', 'reading', 'embedding', 'completed', 'failed'] as const;
export type KnowledgeStatus = (typeof KNOWLEDGE_STATUSES)[number];

export const DOCUMENT_TYPES = ['manual', 'price_list', 'policy', 'contract', 'receipt', 'identity', 'other'] as const;
export type DocumentType = (typeof DOCUMENT_TYPES)[number];

/** A document of the company's own, which its agents look things up in. */
export interface KnowledgeDocument {
  id: string;
  title: string;
  documentType: DocumentType | null;
  fileName: string | null;
  mimeType: string;
  sizeBytes: bigint;
  /** What reads it, when it is no plain text. */
  enrichmentId: string | null;
  status: KnowledgeStatus;
  /** Null for a text without pages. */
  pages: number | null;
  /** Words find a passage at once, and its meaning finds it when it is done; what the embedder refuses is never done. */
  passagesTotal: number;
  passagesDone: number;
  /** `vector`: some passages are found by their words alone. */
  degraded: 'vector'[];
  errorCode: string | null;
  createdAt: Date;
  finishedAt: Date | null;
}

export interface KnowledgeRef {
  tenantId: string;
  documentId: string;
}
