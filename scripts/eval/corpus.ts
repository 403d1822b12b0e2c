import { signUp } from '../../core/accounts/sign-up';
import type { Database } from '../../core/database';
import { newId } from '../../core/ids';
import { messagesToEmbed } from '../../core/memory';
import { importHistory } from '../../core/memory/import';
import type { EmbeddingProvider } from '../../core/providers/ports';
import { embedAndStore } from './embed';

/** Bounded, because the rows travel as one parameter. */
const EMBEDDED_AT_ONCE = 500;

/** Conversations as the product stores them, and the way back from a message to the id of the data set. */
export interface Corpus {
  tenantId: string;
  contactIds: ReadonlyMap<string, string>;
  /** By message id: the contact's ref and the message's id in the data set. */
  sources: ReadonlyMap<string, { ref: string; externalId: string; sessionId: string }>;
}

/** Brings JSONL lines in by the product's own import, and embeds them as its workflow does. */
export async function loadCorpus(
  db: Database,
  embeddings: EmbeddingProvider,
  lines: readonly string[],
): Promise<Corpus> {
  const id = newId();
  const { tenantId } = await signUp(db, {
    name: 'Evaluation',
    email: `${id}@example.com`,
    password: id,
    projectName: 'Evaluation',
  });
  const report = await importHistory(db, { tenantId, lines });
  const [refusal] = report.refusals;
  if (refusal) throw new Error(`line ${refusal.line} was refused: ${refusal.problem}`);
  const { contacts, messages } = await db.withTenant(tenantId, async (tx) => ({
    contacts: await tx.contact.findMany({ where: { tenantId }, select: { id: true, externalId: true } }),
    messages: await tx.message.findMany({
      where: { tenantId },
      select: { id: true, contactId: true, sessionId: true, metadata: true },
    }),
  }));
  const messageIds = messages.map((message) => message.id);
  for (let from = 0; from < messageIds.length; from += EMBEDDED_AT_ONCE) {
    const selection = { messageIds: messageIds.slice(from, from + EMBEDDED_AT_ONCE) };
    const texts = await db.withTenant(tenantId, (tx) => messagesToEmbed(tx, tenantId, selection));
    await embedAndStore(db, embeddings, { tenantId, texts });
  }
  const refs = new Map(contacts.map((contact) => [contact.id, contact.externalId ?? '']));
  return {
    tenantId,
    contactIds: new Map(contacts.map((contact) => [contact.externalId ?? '', contact.id])),
    sources: new Map(
      messages.map((message) => [
        message.id,
        {
          ref: refs.get(message.contactId) ?? '',
          externalId: externalIdOf(message.metadata),
          sessionId: message.sessionId,
        },
      ]),
    ),
  };
}

function externalIdOf(metadata: unknown): string {
  if (typeof metadata === 'object' && metadata !== null && 'externalId' in metadata) return String(metadata.externalId);
  throw new Error('an imported message has no external id');
}
