import type { ContactAddress } from '../types';

export interface WahaAddress {
  kind: 'phone' | 'lid' | 'group' | 'broadcast' | 'unknown';
  /** The part before the domain; digits only, without the device number, for phone and lid. */
  id: string;
  /** True for the protocol form of a phone address (…@s.whatsapp.net). */
  isJid: boolean;
}

const KINDS: Record<string, WahaAddress['kind']> = {
  'c.us': 'phone',
  's.whatsapp.net': 'phone',
  lid: 'lid',
  'g.us': 'group',
  broadcast: 'broadcast',
};

/** Reads `5511987654321@c.us`, `5511987654321:7@s.whatsapp.net`, `9876@lid`, `120363@g.us`, `status@broadcast`. */
export function parseAddress(address: string): WahaAddress {
  const at = address.indexOf('@');
  const domain = at < 0 ? 'c.us' : address.slice(at + 1).toLowerCase();
  const local = at < 0 ? address : address.slice(0, at);
  const kind = KINDS[domain] ?? 'unknown';
  if (kind !== 'phone' && kind !== 'lid') return { kind, id: local, isJid: false };
  const id = (local.split(/[:.]/)[0] ?? '').replace(/\D/g, '');
  return { kind: id === '' ? 'unknown' : kind, id, isJid: domain === 's.whatsapp.net' };
}

/** What a list of addresses of one contact says about it. The first of each kind wins. */
export function contactAddress(addresses: (string | null)[]): ContactAddress {
  const contact: ContactAddress = { wid: null, lid: null, jid: null };
  for (const text of addresses) {
    if (text === null) continue;
    const address = parseAddress(text);
    if (address.kind === 'lid') contact.lid ??= address.id;
    if (address.kind !== 'phone') continue;
    contact.wid ??= address.id;
    if (address.isJid) contact.jid ??= address.id;
  }
  return contact;
}

// Country 55, area code, and eight digits that start with 6 to 9: a mobile number from before the ninth digit came.
const BRAZIL_OLD_MOBILE = /^(55[1-9][1-9])([6-9]\d{7})$/;
const BRAZIL_MOBILE = /^(55[1-9][1-9])9([6-9]\d{7})$/;

/**
 * The digits a phone number is stored under. WhatsApp knows many Brazilian mobiles by the eight digits they had when
 * they joined; the number people write has nine.
 */
export function canonicalPhoneDigits(digits: string): string {
  return digits.replace(BRAZIL_OLD_MOBILE, (_, area: string, number: string) => `${area}9${number}`);
}

/** Every way WhatsApp may write the number: the canonical form and, for a Brazilian mobile, the eight digit one. */
export function phoneVariants(digits: string): string[] {
  const canonical = canonicalPhoneDigits(digits);
  const short = canonical.replace(BRAZIL_MOBILE, '$1$2');
  return short === canonical ? [canonical] : [canonical, short];
}

/** Where the channel delivers to this contact. Null when the contact has no address at all. */
export function privateChatId(contact: ContactAddress): string | null {
  if (contact.wid !== null) return `${contact.wid}@c.us`;
  return contact.lid === null ? null : `${contact.lid}@lid`;
}

/** `phone@c.us` for every mention, whatever form the engine used. */
export function mentionAddress(address: string): string {
  const { kind, id } = parseAddress(address);
  if (kind === 'phone') return `${id}@c.us`;
  return kind === 'lid' ? `${id}@lid` : address;
}
