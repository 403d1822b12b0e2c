export interface KnowledgeDocumentInput {
  tenantId: string;
  documentId: string;
  /** What reads it; null for plain text. */
  enrichmentId: string | null;
}
