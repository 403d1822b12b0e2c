import type { Actor } from '../../crm/types';
import { sqlFile, type Tx } from '../../database';
import { AppError } from '../../errors';
import { newId } from '../../ids';
import { storable } from '../../text';
import { attributeOf, subjectOf, valueOf, CONTACT } from './attributes';
import { noteChange } from './changes';
import { PERSON_CONFIDENCE } from './confidence';
import { factExpiry } from './expiry';
import { factHash } from './hash';
import { assertContact, getFact, knownFacts, lockFacts, supersede } from './store';
import type { FactType, StoredFact } from './types';

/** Stored instead of a model's name. */
const BY_A_PERSON = 'person';

/** What may lie ahead: everything else holds from some day on that has been. */
const ABOUT_THE_FUTURE: ReadonlySet<FactType> = new Set(['timeline', 'event', 'goal', 'constraint']);
/** Clocks differ. */
const CLOCK_SLACK_MS = 60_000;

export interface NewFact {
  contactId: string;
  type: FactType;
  text: string;
  /** Default: the contact, unless the text names somebody else. */
  subject?: string | undefined;
  /** Since when it holds; default now. */
  validFrom?: Date | undefined;
  validTo?: Date | null;
  reason: string | null;
  actor: Actor;
}

/**
 * A fact on the word of the company. It ends the value before of the same attribute and subject; an open fact of the same
 * words is confirmed instead.
 *
 * @throws AppError NOT_FOUND, VALIDATION_ERROR (a date that cannot be)
 */
export async function addFact(tx: Tx, tenantId: string, input: NewFact): Promise<StoredFact> {
  const { reason, actor, contactId } = input;
  await assertContact(tx, tenantId, contactId);
  await lockFacts(tx, tenantId, contactId);
  const fact = newFact(input);
  const known = await knownFacts(tx, tenantId, { contactId: contactId, types: [input.type] });
  const open = known.filter(({ supersededBy }) => supersededBy === null);
  const same = open.find(({ text }) => factHash(text) === fact.factHash);
  if (same) {
    return confirmFact(tx, tenantId, { factId: same.id, reason, actor });
  }
  const values = open.filter((other) => isSameAttribute(other, { ...fact, isClaimed: false }));
  const replaced = values.filter(({ saidAt }) => saidAt <= fact.saidAt);
  if (replaced.length < values.length) {
    throw new AppError(
      'CONFLICT',
      'A later value is known; invalidate it first, or say that this one holds from now on',
    );
  }
  await insertFact(tx, tenantId, { fact, replaces: replaced.map(({ id }) => id) });
  for (const { id } of replaced) {
    await noteChange(tx, tenantId, {
      factId: id,
      contactId,
      change: 'superseded',
      otherFactId: fact.id,
      reason,
      actor,
    });
  }
  await noteChange(tx, tenantId, { factId: fact.id, contactId, change: 'added', reason, actor });
  return getFact(tx, tenantId, fact.id);
}

/**
 * A new version with other words. The old one ends where the new one begins and stays readable; its evidence goes along.
 *
 * @throws AppError NOT_FOUND, CONFLICT (it does not hold any more, or another fact has these words), VALIDATION_ERROR
 */
export async function editFact(
  tx: Tx,
  tenantId: string,
  { factId, text, validFrom, validTo, reason, actor }: FactEdit,
): Promise<StoredFact> {
  const old = await lockedFact(tx, tenantId, factId);
  assertHolds(old);
  const { contactId, type, subject } = old;
  const fact = newFact({
    ...{ contactId, type, subject, text, reason, actor },
    validFrom: validFrom ?? new Date(),
    validTo: validTo === undefined ? null : validTo,
  });
  await assertWordsAreFree(tx, tenantId, { ...fact, except: factId });
  await insertFact(tx, tenantId, {
    fact: {
      ...fact,
      attribute: old.attribute ?? fact.attribute,
      sourceMessageId: old.sourceMessageId,
      evidenceMessageIds: old.evidenceMessageIds,
    },
    replaces: [factId],
  });
  await tx.$executeRawUnsafe(sqlFile('core/memory/facts/sql/inherit_evidence.sql'), tenantId, fact.id, [factId]);
  await noteChange(tx, tenantId, { factId, contactId, change: 'superseded', otherFactId: fact.id, reason, actor });
  await noteChange(tx, tenantId, { factId: fact.id, contactId, change: 'edited', otherFactId: factId, reason, actor });
  return getFact(tx, tenantId, fact.id);
}

export interface FactAction {
  factId: string;
  reason: string | null;
  actor: Actor;
}

export interface FactEdit extends FactAction {
  text: string;
  validFrom?: Date | undefined;
  validTo?: Date | null;
}

/**
 * A person vouches for what the customer said: no claim any more, and as sure as it gets.
 *
 * @throws AppError NOT_FOUND, CONFLICT (it does not hold any more)
 */
export async function confirmFact(tx: Tx, tenantId: string, action: FactAction): Promise<StoredFact> {
  const fact = await lockedFact(tx, tenantId, action.factId);
  assertHolds(fact);
  await tx.memoryFact.update({
    where: { tenantId_id: { tenantId, id: fact.id } },
    data: { confirmedAt: new Date(), isClaimed: false, confidence: PERSON_CONFIDENCE },
  });
  await note(tx, tenantId, { fact, action, change: 'confirmed' });
  return getFact(tx, tenantId, fact.id);
}

/**
 * The fact is not used from now on; it is kept, and `restoreFact` takes this back. Twice is once.
 *
 * @throws AppError NOT_FOUND
 */
export async function invalidateFact(tx: Tx, tenantId: string, action: FactAction): Promise<StoredFact> {
  const fact = await lockedFact(tx, tenantId, action.factId);
  if (fact.invalidatedAt) return fact;
  await tx.memoryFact.update({
    where: { tenantId_id: { tenantId, id: fact.id } },
    data: { invalidatedAt: new Date() },
  });
  await note(tx, tenantId, { fact, action, change: 'invalidated' });
  return getFact(tx, tenantId, fact.id);
}

/**
 * Makes an invalidated or replaced fact hold again.
 *
 * @throws AppError NOT_FOUND, CONFLICT (another fact holds in its place: the same words, or another value of its attribute)
 */
export async function restoreFact(tx: Tx, tenantId: string, action: FactAction): Promise<StoredFact> {
  const fact = await lockedFact(tx, tenantId, action.factId);
  if (!fact.invalidatedAt && !fact.supersededBy) return fact;
  const { contactId, type, text } = fact;
  await assertWordsAreFree(tx, tenantId, { contactId, factType: type, factHash: factHash(text), except: fact.id });
  const known = await knownFacts(tx, tenantId, { contactId, types: [type] });
  const other = known.find((peer) => peer.id !== fact.id && peer.supersededBy === null && isSameAttribute(peer, fact));
  if (other) {
    throw new AppError('CONFLICT', 'Another value holds now; invalidate it first', { details: { fact_id: other.id } });
  }
  await tx.memoryFact.update({
    where: { tenantId_id: { tenantId, id: fact.id } },
    data: {
      invalidatedAt: null,
      supersededBy: null,
      ...(fact.supersededBy ? { validTo: null } : {}),
      expiresAt: factExpiry({ type, saidAt: new Date(), endsAt: null }),
    },
  });
  await note(tx, tenantId, { fact, action, change: 'restored' });
  return getFact(tx, tenantId, fact.id);
}

type OfAttribute = Pick<StoredFact, 'attribute' | 'subject' | 'isClaimed'>;

function isSameAttribute(one: OfAttribute, other: OfAttribute): boolean {
  return (
    one.attribute !== null &&
    one.attribute === other.attribute &&
    one.subject === other.subject &&
    one.isClaimed === other.isClaimed
  );
}

function note(
  tx: Tx,
  tenantId: string,
  { fact, action, change }: { fact: StoredFact; action: FactAction; change: 'confirmed' | 'invalidated' | 'restored' },
): Promise<void> {
  const { reason, actor } = action;
  return noteChange(tx, tenantId, { factId: fact.id, contactId: fact.contactId, change, reason, actor });
}

async function lockedFact(tx: Tx, tenantId: string, factId: string): Promise<StoredFact> {
  const { contactId } = await getFact(tx, tenantId, factId);
  await lockFacts(tx, tenantId, contactId);
  // Again: somebody may have changed it while this waited.
  return getFact(tx, tenantId, factId);
}

function assertHolds({ invalidatedAt, supersededBy }: StoredFact): void {
  if (invalidatedAt) throw new AppError('CONFLICT', 'The fact was invalidated; restore it first');
  if (supersededBy) {
    throw new AppError('CONFLICT', 'The fact was replaced by a newer one', { details: { fact_id: supersededBy } });
  }
}

async function assertWordsAreFree(
  tx: Tx,
  tenantId: string,
  {
    contactId,
    factType,
    factHash: hash,
    except,
  }: { contactId: string; factType: string; factHash: string; except: string },
): Promise<void> {
  const other = await tx.memoryFact.findFirst({
    where: {
      ...{ tenantId, contactId, factType, factHash: hash },
      ...{ invalidatedAt: null, supersededBy: null, id: { not: except } },
    },
    select: { id: true },
  });
  if (other) throw new AppError('CONFLICT', 'Another fact says the same', { details: { fact_id: other.id } });
}

function newFact(input: NewFact) {
  const now = new Date();
  const text = storable(input.text);
  const { contactId, type } = input;
  const validFrom = input.validFrom ?? now;
  const validTo = input.validTo ?? null;
  assertDates({ type, validFrom, validTo, now });
  // Since when it is known, which for what lies ahead is now.
  const saidAt = validFrom < now ? validFrom : now;
  const attribute = attributeOf({ type, text }, null);
  return {
    id: newId(),
    contactId,
    factType: type as string,
    factText: text,
    factHash: factHash(text),
    confidence: PERSON_CONFIDENCE,
    sourceMessageId: null as string | null,
    evidenceMessageIds: [] as string[],
    claimedBy: 'company',
    model: BY_A_PERSON,
    saidAt,
    validFrom,
    validTo,
    expiresAt: factExpiry({ type, saidAt: now, endsAt: validTo }),
    confirmedAt: now,
    subject: input.subject ? subjectOf({ type, text: '' }, input.subject) : subjectOf({ type, text }, CONTACT),
    attribute: attribute as string | null,
    value: valueOf({ text, attribute, saidText: text }, null),
  };
}

function assertDates({
  type,
  validFrom,
  validTo,
  now,
}: {
  type: FactType;
  validFrom: Date;
  validTo: Date | null;
  now: Date;
}) {
  const fields = [];
  if (!ABOUT_THE_FUTURE.has(type) && validFrom.getTime() > now.getTime() + CLOCK_SLACK_MS) {
    const message = `must not lie in the future: a fact of type ${type} holds already. What is to come is of type timeline or event`;
    fields.push({ field: 'valid_from', message });
  }
  if (validTo && validTo <= validFrom) fields.push({ field: 'valid_to', message: 'must be later than valid_from' });
  if (fields.length === 0) return;
  throw new AppError('VALIDATION_ERROR', fields.map(({ field, message }) => `${field} ${message}`).join('; '), {
    fields,
  });
}

async function insertFact(
  tx: Tx,
  tenantId: string,
  { fact, replaces }: { fact: ReturnType<typeof newFact>; replaces: string[] },
): Promise<void> {
  await supersede(tx, tenantId, { factIds: replaces, by: fact.id, from: fact.saidAt });
  await tx.memoryFact.create({ data: { ...fact, tenantId } });
}
