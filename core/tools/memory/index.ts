import { answerFromDocuments } from './answer-from-documents';
import { extractEntities } from './extract-entities';
import { findSimilarContacts } from './find-similar-contacts';
import { getContactContext } from './get-contact-context';
import { getContactFacts } from './get-contact-facts';
import { getDocument } from './get-document';
import { getDocumentChunks } from './get-document-chunks';
import { getDocumentReferences } from './get-document-references';
import { getSessionSummary } from './get-session-summary';
import { searchDocuments } from './search-documents';
import { searchKnowledgeBase } from './search-knowledge-base';
import { searchMemory } from './search-memory';
import { summarizeDocument } from './summarize-document';
import { uploadDocument } from './upload-document';

export const MEMORY_TOOLS = [
  searchMemory,
  getContactFacts,
  getContactContext,
  findSimilarContacts,
  searchKnowledgeBase,
  searchDocuments,
  getDocument,
  getDocumentChunks,
  summarizeDocument,
  getDocumentReferences,
  uploadDocument,
  answerFromDocuments,
  getSessionSummary,
  extractEntities,
];
