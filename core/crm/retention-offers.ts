import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import { appendEvents } from '../outbox/events';
import { addContactEvent } from './contact-events';
import { getContact } from './contacts';
import { toPage, type Page, type PageRequest } from './page';
import { sourceOf, type Actor } from './types';

const DAY_MS = 24 * 3600_000;
/** Older offers do not count against a new one. */
const OFFERS_COUNT_DAYS = 90;
/** Domain reference, section 5. */
export const MAX_RETENTION_OFFERS = 3;

/** Open; how the contact answered; or taken back because a newer one took its place. */
export const OFFER_STATUSES = ['offered', 'accepted', 'refused', 'withdrawn'] as const;
export type OfferAnswer = 'accepted' | 'refused';

export interface RetentionOffer {
  id: string;
  contactId: string;
  conversationId: string | null;
  discountPercent: number;
  durationMonths: number;
  reason: string;
  status: string;
  createdAt: Date;
  answeredAt: Date | null;
}

const SELECTED = {
  id: true,
  contactId: true,
  conversationId: true,
  discountPercent: true,
  durationMonths: true,
  reason: true,
  status: true,
  createdAt: true,
  answeredAt: true,
} as const;

export interface NewOffer {
  /** Given where a second attempt must not make a second offer. */
  id?: string;
  contactId: string;
  conversationId?: string | null;
  /** 1 to 100. Who may give more than 30 is for the caller to check. */
  discountPercent: number;
  /** 1 to 36. */
  durationMonths: number;
  reason: string;
  /** Whether one that is open is withdrawn; else it stands in the way. */
  replacesOpen: boolean;
  actor: Actor;
}

/** Offers of the last 90 days to keep this customer, and how many were refused. */
export async function countOffers(
  tx: Tx,
  tenantId: string,
  contactId: string,
): Promise<{ offersMade: number; offersRefused: number }> {
  const since = new Date(Date.now() - OFFERS_COUNT_DAYS * DAY_MS);
  const [counted] = await tx.$queryRawUnsafe<{ offersMade: number; offersRefused: number }[]>(
    sqlFile('core/crm/sql/count_offers.sql'),
    tenantId,
    contactId,
    since,
  );
  return counted ?? { offersMade: 0, offersRefused: 0 };
}

/**
 * Makes an offer, one at a time for a contact.
 *
 * @throws AppError NOT_FOUND (contact); CONFLICT while one is open and not to be replaced; INVARIANT_VIOLATION after three
 * offers in 90 days
 */
export async function createOffer(
  tx: Tx,
  tenantId: string,
  { replacesOpen, actor, id = newId(), conversationId = null, ...fields }: NewOffer,
): Promise<RetentionOffer> {
  const { contactId } = fields;
  await getContact(tx, tenantId, contactId);
  // Two at the same moment would not see each other.
  await tx.$queryRaw`select 1 as taken from pg_advisory_xact_lock(hashtextextended(${`retention-offer:${contactId}`}, 0))`;
  const { offersMade } = await countOffers(tx, tenantId, contactId);
  if (offersMade >= MAX_RETENTION_OFFERS) {
    throw new AppError(
      'INVARIANT_VIOLATION',
      `${offersMade} offers were made in ${OFFERS_COUNT_DAYS} days, and ${MAX_RETENTION_OFFERS} are the most`,
      { details: { rule: 'retention_attempts', offersMade } },
    );
  }
  const open = await newestOpen(tx, tenantId, contactId);
  if (open && !replacesOpen) {
    throw new AppError('CONFLICT', 'An offer is open; accept, decline or replace it first', {
      details: { rule: 'retention_open_offer', offerId: open.id },
    });
  }
  if (open) await close(tx, tenantId, { offer: open, status: 'withdrawn', actor });
  const offer = await tx.retentionOffer.create({ data: { ...fields, id, tenantId, conversationId }, select: SELECTED });
  await tell(tx, tenantId, { offer, verb: 'created', actor });
  return offer;
}

/** Newest first. @throws AppError NOT_FOUND (contact) */
export async function listOffers(
  tx: Tx,
  tenantId: string,
  { contactId, limit, after }: PageRequest & { contactId: string },
): Promise<Page<RetentionOffer>> {
  await getContact(tx, tenantId, contactId);
  const [at, id] = after ?? [];
  const rows = await tx.retentionOffer.findMany({
    where: {
      tenantId,
      contactId,
      ...(at && id ? { OR: [{ createdAt: { lt: new Date(at) } }, { createdAt: new Date(at), id: { lt: id } }] } : {}),
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows, limit, ({ createdAt, id: rowId }) => [createdAt.toISOString(), rowId]);
}

/**
 * Writes the contact's answer down. The same answer again changes nothing.
 *
 * @throws AppError NOT_FOUND; CONFLICT when it is closed otherwise
 */
export async function answerOffer(
  tx: Tx,
  tenantId: string,
  { offerId, answer, actor }: { offerId: string; answer: OfferAnswer; actor: Actor },
): Promise<RetentionOffer> {
  const offer = await tx.retentionOffer.findFirst({ where: { tenantId, id: offerId }, select: SELECTED });
  if (!offer) throw new AppError('NOT_FOUND', 'There is no offer with this id');
  if (offer.status === answer) return offer;
  const closed = await close(tx, tenantId, { offer, status: answer, actor });
  if (!closed) throw new AppError('CONFLICT', `The offer is ${offer.status} already`);
  return closed;
}

/** The same for the newest offer of a contact that is open; nothing where none is. */
export async function answerOpenOffer(
  tx: Tx,
  tenantId: string,
  { contactId, answer, actor }: { contactId: string; answer: OfferAnswer; actor: Actor },
): Promise<void> {
  const offer = await newestOpen(tx, tenantId, contactId);
  if (offer) await close(tx, tenantId, { offer, status: answer, actor });
}

function newestOpen(tx: Tx, tenantId: string, contactId: string): Promise<RetentionOffer | null> {
  return tx.retentionOffer.findFirst({
    where: { tenantId, contactId, status: 'offered' },
    orderBy: { createdAt: 'desc' },
    select: SELECTED,
  });
}

/** Null when it is not open any more. */
async function close(
  tx: Tx,
  tenantId: string,
  { offer, status, actor }: { offer: RetentionOffer; status: OfferAnswer | 'withdrawn'; actor: Actor },
): Promise<RetentionOffer | null> {
  const [closed] = await tx.retentionOffer.updateManyAndReturn({
    where: { tenantId, id: offer.id, status: 'offered' },
    data: { status, answeredAt: new Date() },
    select: SELECTED,
  });
  if (!closed) return null;
  await tell(tx, tenantId, { offer: closed, verb: status, actor });
  return closed;
}

/** On the contact's timeline, and as an event, which holds no words. */
async function tell(
  tx: Tx,
  tenantId: string,
  { offer, verb, actor }: { offer: RetentionOffer; verb: 'created' | OfferAnswer | 'withdrawn'; actor: Actor },
): Promise<void> {
  const { id: offerId, contactId, discountPercent, durationMonths, reason } = offer;
  const terms = { discount_percent: discountPercent, duration_months: durationMonths };
  await addContactEvent(tx, tenantId, {
    contactId,
    category: 'general',
    eventType: `retention_offer_${verb}`,
    title: `${discountPercent} %`,
    payload: { offer_id: offerId, ...terms, ...(verb === 'created' ? { reason } : {}) },
    source: sourceOf(actor),
  });
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'retention_offer',
      aggregateId: offerId,
      eventType: `retention_offer.${verb}`,
      data: { offerId, contactId, discountPercent, durationMonths, ...actor },
    },
  ]);
}
