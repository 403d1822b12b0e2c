import { extractEntities } from './extract-entities';
import { findSimilarContacts } from './find-similar-contacts';
import { getContactContext } from './get-contact-context';
import { getContactFacts } from './get-contact-facts';
import { getDocument } from './get-document';
import { searchDocuments } from './search-documents';
import { searchKnowledgeBase } from './search-knowledge-base';
import { searchMemory } from './search-memory';

export const MEMORY_TOOLS = [
  searchMemory,
  getContactFacts,
  getContactContext,
  findSimilarContacts,
  searchKnowledgeBase,
  searchDocuments,
  getDocument,
  extractEntities,
];
