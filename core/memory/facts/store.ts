import { sqlFile, type Tx } from '../../database';
import { AppError } from '../../errors';
import { newId } from '../../ids';
import { storable } from '../../text';
import type { MessageSelection } from '../embeddings';
import { REPEATED_CEILING, REPEATED_STEP } from './confidence';
import { factExpiry } from './expiry';
import { factHash } from './hash';
import type { ExtractedFact, FactMessage, FactType, StoredFact } from './types';

export interface CustomerMessage extends FactMessage {
  contactId: string;
  conversationId: string;
  /** The contact's, else the project's. */
  timezone: string;
  language: string;
}

/**
 * The customer's messages of a turn or of the named ones, with what was read from their media: the only texts facts may
 * come from. Messages of the company and messages without text are left out.
 */
export async function customerMessages(
  tx: Tx,
  tenantId: string,
  selection: MessageSelection,
): Promise<CustomerMessage[]> {
  const rows = await tx.$queryRawUnsafe<CustomerMessage[]>(
    sqlFile('core/memory/facts/sql/fact_messages.sql'),
    tenantId,
    'groupId' in selection ? selection.groupId : null,
    'messageIds' in selection ? selection.messageIds : [],
  );
  return rows.filter((row) => row.text.trim() !== '');
}

/**
 * Stores facts of one contact in the caller's transaction. The same fact (type and normalised text) is one row: said in
 * another message, it gains that evidence and confidence, and lives longer; said in the same message, it stays.
 *
 * @returns the rows as they are now, one per different fact given.
 * @throws AppError INVARIANT_VIOLATION if a source is not a message written by this contact.
 */
export async function storeFacts(
  tx: Tx,
  tenantId: string,
  input: { contactId: string; model: string; language?: string; facts: readonly ExtractedFact[] },
): Promise<StoredFact[]> {
  const stored = new Map<string, StoredFact>();
  // Cleaned before it is hashed, so that what is stored has the hash it is found by.
  const facts = input.facts.map((fact) => ({ ...fact, text: storable(fact.text) }));
  for (const batch of batchesWithoutRepetition(facts)) {
    const records = batch.map((fact) => ({
      id: newId(),
      fact_type: fact.type,
      fact_text: fact.text,
      fact_hash: factHash(fact.text),
      language: input.language ?? 'pt-BR',
      confidence: fact.confidence,
      source_message_id: fact.sourceMessageId,
      model: input.model,
      valid_from: fact.startsAt ?? fact.saidAt,
      valid_to: fact.endsAt,
      expires_at: factExpiry(fact),
    }));
    const rows = await tx.$queryRawUnsafe<StoredFact[]>(
      sqlFile('core/memory/facts/sql/store_facts.sql'),
      tenantId,
      input.contactId,
      JSON.stringify(records),
      REPEATED_CEILING,
      REPEATED_STEP,
    );
    if (rows.length !== batch.length) {
      throw new AppError('INVARIANT_VIOLATION', 'A fact needs a message written by its own contact as its source');
    }
    rows.forEach((row) => stored.set(row.id, row));
  }
  return [...stored.values()];
}

/** One statement cannot touch a row twice, so the second mention of a fact goes into the next one. */
function batchesWithoutRepetition(facts: readonly ExtractedFact[]): ExtractedFact[][] {
  const batches: Map<string, ExtractedFact>[] = [];
  for (const fact of facts) {
    const key = `${fact.type}:${factHash(fact.text)}`;
    const free = batches.find((batch) => !batch.has(key));
    if (free) free.set(key, fact);
    else batches.push(new Map([[key, fact]]));
  }
  return batches.map((batch) => [...batch.values()]);
}

const MAX_FACTS = 500;

/**
 * What is known about a contact: neither expired nor invalidated, surest first. With `asOf`, what had been said and still
 * held at that moment.
 *
 * @throws AppError NOT_FOUND if the tenant has no such contact.
 */
export async function getContactFacts(
  tx: Tx,
  tenantId: string,
  input: { contactId: string; types?: readonly FactType[]; asOf?: Date; limit?: number },
): Promise<StoredFact[]> {
  const rows = await tx.$queryRawUnsafe<StoredFact[]>(
    sqlFile('core/memory/facts/sql/contact_facts.sql'),
    tenantId,
    input.contactId,
    input.types && input.types.length > 0 ? [...input.types] : null,
    input.asOf ?? null,
    Math.min(input.limit ?? MAX_FACTS, MAX_FACTS),
  );
  if (rows.length === 0) await assertContact(tx, tenantId, input.contactId);
  return rows;
}

/** The named facts that are not invalidated, surest first. */
export function getFactsById(tx: Tx, tenantId: string, ids: readonly string[]): Promise<StoredFact[]> {
  return tx.$queryRawUnsafe<StoredFact[]>(sqlFile('core/memory/facts/sql/facts_by_id.sql'), tenantId, [...ids]);
}

async function assertContact(tx: Tx, tenantId: string, contactId: string): Promise<void> {
  const contact = await tx.contact.findFirst({
    where: { tenantId, id: contactId, deletedAt: null },
    select: { id: true },
  });
  if (!contact) throw new AppError('NOT_FOUND', 'There is no contact with this id');
}
