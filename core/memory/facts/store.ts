import { sqlFile, type Tx } from '../../database';
import { AppError } from '../../errors';
import { newId } from '../../ids';
import { storable } from '../../text';
import type { MessageSelection } from '../embeddings';
import { REPEATED_CEILING, REPEATED_STEP } from './confidence';
import { factExpiry } from './expiry';
import { noteChange } from './changes';
import { completeFact, type GivenFact } from './complete';
import { factHash } from './hash';
import { reconcile } from './reconcile';
import type { ExtractedFact, FactMessage, FactType, KnownFact, StoredFact } from './types';

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

/** A contact of years; more facts of one type are not compared. */
const MOST_COMPARED = 1_000;

/**
 * Stores facts of one contact in the caller's transaction, each compared with what is known (reconcile.ts): said again it is
 * evidence of the known fact, another value of an attribute ends the one before, everything else stands beside it. What is
 * replaced is closed and linked, never deleted, with the reason in the fact's history.
 *
 * @returns the facts that now say what was given, one per different fact.
 * @throws AppError INVARIANT_VIOLATION if a source is not a message written by this contact.
 */
export async function storeFacts(
  tx: Tx,
  tenantId: string,
  input: { contactId: string; model: string; language?: string; facts: readonly GivenFact[] },
): Promise<StoredFact[]> {
  if (input.facts.length === 0) return [];
  // Before anything is compared: two transactions with the same facts take turns.
  await lockFacts(tx, tenantId, input.contactId);
  const ids = new Set<string>();
  const facts = input.facts.map(byRules).sort((a, b) => a.saidAt.getTime() - b.saidAt.getTime());
  for (const fact of facts) ids.add(await storeFact(tx, tenantId, { ...input, fact }));
  return getFactsById(tx, tenantId, [...ids]);
}

/** Until the transaction ends, nobody else compares or changes facts of this contact. */
export async function lockFacts(tx: Tx, tenantId: string, contactId: string): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`facts:${tenantId}:${contactId}`}, 0))`;
}

function byRules(given: GivenFact): ExtractedFact {
  // Cleaned before it is hashed, so that what is stored has the hash it is found by.
  const fact = { ...given, text: storable(given.text), quote: storable(given.quote ?? given.text) };
  const named = { subject: null, attribute: null, value: null, isClaim: false };
  return { proposal: null, ...completeFact(fact, { saidText: fact.quote, named }), ...fact };
}

async function storeFact(
  tx: Tx,
  tenantId: string,
  {
    contactId,
    model,
    language = 'pt-BR',
    fact,
  }: { contactId: string; model: string; language?: string; fact: ExtractedFact },
): Promise<string> {
  const known = await knownFacts(tx, tenantId, { contactId, types: [fact.type] });
  const { decision, evidenceOf, replaces, replacedBy, because } = reconcile(fact, known);
  if (evidenceOf) return addEvidence(tx, tenantId, { contactId, factId: evidenceOf, fact });
  const endsAt = replacedBy ? replacedBy.saidAt : fact.endsAt;
  const record = {
    id: newId(),
    fact_type: fact.type,
    fact_text: fact.text,
    fact_hash: factHash(fact.text),
    language,
    confidence: fact.confidence,
    source_message_id: fact.sourceMessageId,
    quote: fact.quote,
    model,
    said_at: fact.saidAt,
    valid_from: fact.startsAt ?? fact.saidAt,
    valid_to: endsAt,
    expires_at: factExpiry(fact),
    subject: fact.subject,
    attribute: fact.attribute,
    value: fact.value,
    is_claimed: fact.isClaimed,
    superseded_by: replacedBy?.id ?? null,
  };
  // First, because the new fact may have the words of one it replaces.
  await supersede(tx, tenantId, { factIds: replaces, by: record.id, from: beginning(fact) });
  const id = sourceOf(
    await tx.$queryRawUnsafe<{ id: string }[]>(
      sqlFile('core/memory/facts/sql/store_fact.sql'),
      tenantId,
      contactId,
      JSON.stringify(record),
      REPEATED_CEILING,
      REPEATED_STEP,
    ),
  );
  // The words were known without their attribute: the open fact that has them is the one that replaces.
  if (id !== record.id) await supersede(tx, tenantId, { factIds: replaces, by: id, from: beginning(fact) });
  if (decision === 'merge' && replaces.length > 0) {
    await tx.$executeRawUnsafe(sqlFile('core/memory/facts/sql/inherit_evidence.sql'), tenantId, id, replaces);
  }
  const change = decision === 'merge' ? ('merged' as const) : ('superseded' as const);
  const closed = replacedBy
    ? [...replaces.map((factId) => ({ factId, by: id })), { factId: id, by: replacedBy.id }]
    : replaces.map((factId) => ({ factId, by: id }));
  for (const { factId, by } of closed) {
    await noteChange(tx, tenantId, {
      factId,
      contactId,
      change,
      otherFactId: by,
      reason: because,
      actor: { by: 'system' },
    });
  }
  return id;
}

/** A change that was announced for later leaves the old value until then. Timelines and events only speak of the future. */
function beginning({ type, saidAt, startsAt }: ExtractedFact): Date {
  const isAboutTime = type === 'timeline' || type === 'event';
  return !isAboutTime && startsAt && startsAt > saidAt ? startsAt : saidAt;
}

export async function supersede(
  tx: Tx,
  tenantId: string,
  { factIds, by, from }: { factIds: string[]; by: string; from: Date },
): Promise<void> {
  if (factIds.length === 0) return;
  await tx.$executeRawUnsafe(sqlFile('core/memory/facts/sql/supersede_facts.sql'), tenantId, factIds, by, from);
}

async function addEvidence(
  tx: Tx,
  tenantId: string,
  { contactId, factId, fact }: { contactId: string; factId: string; fact: ExtractedFact },
): Promise<string> {
  const rows = await tx.$queryRawUnsafe<{ id: string }[]>(
    sqlFile('core/memory/facts/sql/add_evidence.sql'),
    tenantId,
    contactId,
    factId,
    fact.sourceMessageId,
    fact.quote,
    fact.saidAt,
    factExpiry(fact),
    fact.endsAt,
    REPEATED_CEILING,
    REPEATED_STEP,
  );
  return sourceOf(rows);
}

function sourceOf([row]: { id: string }[]): string {
  if (row) return row.id;
  throw new AppError('INVARIANT_VIOLATION', 'A fact needs a message written by its own contact as its source');
}

/** What new facts of these types are compared with, open facts first. */
export function knownFacts(
  tx: Tx,
  tenantId: string,
  { contactId, types, limit = MOST_COMPARED }: { contactId: string; types: readonly FactType[]; limit?: number },
): Promise<KnownFact[]> {
  const file = sqlFile('core/memory/facts/sql/known_facts.sql');
  return tx.$queryRawUnsafe<KnownFact[]>(file, tenantId, contactId, [...types], limit);
}

const MAX_FACTS = 500;

/**
 * What is known about a contact: neither expired nor invalidated, surest first. With `asOf`, what had been said and still
 * held at that moment.
 *
 * @throws AppError NOT_FOUND if the tenant has no such contact.
 */
export async function getContactFacts(tx: Tx, tenantId: string, input: FactsWanted): Promise<StoredFact[]> {
  const facts = await factsOfKnownContact(tx, tenantId, input);
  if (facts.length === 0) await assertContact(tx, tenantId, input.contactId);
  return facts;
}

interface FactsWanted {
  contactId: string;
  types?: readonly FactType[];
  asOf?: Date;
  limit?: number;
}

/** The same for a contact that the caller knows to exist: none are none. */
export function factsOfKnownContact(
  tx: Tx,
  tenantId: string,
  { contactId, types = [], asOf, limit = MAX_FACTS }: FactsWanted,
): Promise<StoredFact[]> {
  return tx.$queryRawUnsafe<StoredFact[]>(
    sqlFile('core/memory/facts/sql/contact_facts.sql'),
    tenantId,
    contactId,
    types.length > 0 ? [...types] : null,
    asOf ?? null,
    Math.min(limit, MAX_FACTS),
  );
}

/** The named facts that are not invalidated, surest first. */
export function getFactsById(tx: Tx, tenantId: string, ids: readonly string[]): Promise<StoredFact[]> {
  return tx.$queryRawUnsafe<StoredFact[]>(sqlFile('core/memory/facts/sql/facts_by_id.sql'), tenantId, [...ids], false);
}

/**
 * One fact, whether or not it still holds.
 *
 * @throws AppError NOT_FOUND
 */
export async function getFact(tx: Tx, tenantId: string, factId: string): Promise<StoredFact> {
  const file = sqlFile('core/memory/facts/sql/facts_by_id.sql');
  const [fact] = await tx.$queryRawUnsafe<StoredFact[]>(file, tenantId, [factId], true);
  if (!fact) throw new AppError('NOT_FOUND', 'There is no fact with this id');
  return fact;
}

export async function assertContact(tx: Tx, tenantId: string, contactId: string): Promise<void> {
  const file = sqlFile('core/memory/facts/sql/contact_exists.sql');
  const found = await tx.$queryRawUnsafe<unknown[]>(file, tenantId, contactId);
  if (found.length === 0) throw new AppError('NOT_FOUND', 'There is no contact with this id');
}
