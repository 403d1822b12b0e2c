import type { Tx } from '../database';
import { foldWord } from '../memory/search/fold-word';

const DAY_MS = 24 * 3600_000;
/** Older offers do not count against a new one. */
const OFFERS_COUNT_DAYS = 90;

/** The contact's custom field `lifetime_value`, in the company's currency; null when it holds no number. */
export function lifetimeValueOf(customFields: unknown): number | null {
  if (typeof customFields !== 'object' || customFields === null || !('lifetime_value' in customFields)) return null;
  const value = Number(customFields.lifetime_value);
  return Number.isFinite(value) ? value : null;
}

/** Offers of the last 90 days to keep this customer, and how many were refused. */
export async function countOffers(
  tx: Tx,
  tenantId: string,
  contactId: string,
): Promise<{ offersMade: number; offersRefused: number }> {
  const since = new Date(Date.now() - OFFERS_COUNT_DAYS * DAY_MS);
  const rows = await tx.retentionOffer.findMany({
    where: { tenantId, contactId, createdAt: { gte: since } },
    select: { status: true },
  });
  return { offersMade: rows.length, offersRefused: rows.filter(({ status }) => status === 'refused').length };
}

const ACCEPTS =
  /\b(aceito|fechado|combinado|topo|quero sim|pode ser|pode aplicar|i accept|deal|sounds good|acepto|trato hecho)\b/;
const REFUSES =
  /\b(nao (quero|aceito|tenho interesse|adianta)|recuso|mesmo assim|quero (e )?cancelar|pode cancelar|so cancel\w*|i (do not|don't) want|no thanks|not interested|cancel it|no (quiero|acepto|me interesa)|cancelar igual)\b/;

/** What a customer says to an offer; null when it says neither. */
function answerToOffer(text: string): 'accepted' | 'refused' | null {
  const folded = foldWord(text);
  // "não aceito" holds "aceito", so no comes first.
  if (REFUSES.test(folded)) return 'refused';
  return ACCEPTS.test(folded) ? 'accepted' : null;
}

/**
 * Writes the customer's answer on the newest offer that is open, if what was written is one. Call it once for what a
 * customer writes: a second time it would answer the next offer.
 */
export async function settleOffer(
  tx: Tx,
  tenantId: string,
  { contactId, text }: { contactId: string; text: string },
): Promise<void> {
  const status = answerToOffer(text);
  if (!status) return;
  const open = await tx.retentionOffer.findFirst({
    where: { tenantId, contactId, status: 'offered' },
    orderBy: { createdAt: 'desc' },
    select: { id: true },
  });
  if (!open) return;
  await tx.retentionOffer.updateMany({
    where: { tenantId, id: open.id, status: 'offered' },
    data: { status, answeredAt: new Date() },
  });
}
