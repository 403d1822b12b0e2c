import { extractEntities } from './extract-entities';
import { findSimilarContacts } from './find-similar-contacts';
import { getContactContext } from './get-contact-context';
import { getContactFacts } from './get-contact-facts';
import { getDocument } from './get-document';
import { searchDocuments } from './search-documents';
import { searchMemory } from './search-memory';

export const MEMORY_TOOLS = [
  searchMemory,
  getContactFacts,
  getContactContext,
  findSimilarContacts,
  searchDocuments,
  getDocument,
  extractEntities,
];
