import type { Tx } from '../database';
import { foldWord } from '../memory/search/fold-word';
import { answerOpenOffer, type OfferAnswer } from './retention-offers';

/** The contact's custom field `lifetime_value`, in the company's currency; null when it holds no number. */
export function lifetimeValueOf(customFields: unknown): number | null {
  if (typeof customFields !== 'object' || customFields === null || !('lifetime_value' in customFields)) return null;
  const value = Number(customFields.lifetime_value);
  return Number.isFinite(value) ? value : null;
}

const ACCEPTS =
  /\b(aceito|fechado|combinado|topo|quero sim|pode ser|pode aplicar|i accept|deal|sounds good|acepto|trato hecho)\b/;
const REFUSES =
  /\b(nao (quero|aceito|tenho interesse|adianta)|recuso|mesmo assim|quero (e )?cancelar|pode cancelar|so cancel\w*|i (do not|don't) want|no thanks|not interested|cancel it|no (quiero|acepto|me interesa)|cancelar igual)\b/;

/** What a customer says to an offer; null when it says neither. */
function answerToOffer(text: string): OfferAnswer | null {
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
  const answer = answerToOffer(text);
  if (answer) await answerOpenOffer(tx, tenantId, { contactId, answer, actor: { by: 'system' } });
}
