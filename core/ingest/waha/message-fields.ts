import type { AdTracking, ContentType } from '../types';
import type { WahaMessage } from './envelope';
import { mentionAddress } from './identity';
import { normaliseMessageId } from './message-id';
import { asFields, asNumber, asText, asTexts, firstText, type Fields } from './read';

/** WhatsApp's own limit of one text, and the column's. */
const MAX_TEXT_CHARACTERS = 65_536;

export interface Location {
  latitude: number;
  longitude: number;
  name: string | null;
  address: string | null;
}

export interface SharedContact {
  name: string | null;
  phones: string[];
  vcard: string;
}

function captionOf(inner: Fields): string | null {
  for (const part of Object.values(inner)) {
    const caption = asText(asFields(part)?.['caption']);
    if (caption !== null) return caption;
  }
  return null;
}

/** What was written: body, else the plain text, else the text with a link or a quote, else a medium's caption. */
export function writtenText(message: WahaMessage, inner: Fields): string | null {
  const text = firstText(
    message.body,
    inner['conversation'],
    asFields(inner['extendedTextMessage'])?.['text'],
    captionOf(inner),
  );
  if (text === null || text.length <= MAX_TEXT_CHARACTERS) return text;
  // The limit counts characters, not UTF-16 units, so a pair is never cut.
  return [...text].slice(0, MAX_TEXT_CHARACTERS).join('');
}

export function locationOf(message: WahaMessage, inner: Fields): Location | null {
  const part = asFields(inner['locationMessage']) ?? asFields(inner['liveLocationMessage']) ?? message.location ?? null;
  if (part === null) return null;
  const latitude = asNumber(part['degreesLatitude']) ?? asNumber(part['latitude']) ?? Number(asText(part['latitude']));
  const longitude =
    asNumber(part['degreesLongitude']) ?? asNumber(part['longitude']) ?? Number(asText(part['longitude']));
  if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180)) return null;
  return {
    latitude,
    longitude,
    name: firstText(part['name'], part['title'], part['description']),
    address: asText(part['address']),
  };
}

export function sharedContactsOf(message: WahaMessage, inner: Fields): SharedContact[] {
  const list: unknown = asFields(inner['contactsArrayMessage'])?.['contacts'];
  const candidates: unknown[] = [inner['contactMessage'], ...(Array.isArray(list) ? list : [])];
  const parts = candidates.flatMap<Fields>((part) => asFields(part) ?? []);
  const cards = parts.flatMap((part) => {
    const vcard = asText(part['vcard']);
    return vcard === null ? [] : [sharedContact(vcard, asText(part['displayName']))];
  });
  return cards.length > 0 ? cards : asTexts(message.vCards).map((vcard) => sharedContact(vcard, null));
}

function sharedContact(vcard: string, displayName: string | null): SharedContact {
  const lines = vcard.split(/\r?\n/);
  const name = lines.find((line) => /^FN[;:]/i.test(line));
  const phones = lines.filter((line) => /^(?:item\d+\.)?TEL[;:]/i.test(line)).map(valueOfLine);
  return { name: displayName ?? (name ? valueOfLine(name) : null), phones: phones.filter(Boolean), vcard };
}

const valueOfLine = (line: string) => line.slice(line.indexOf(':') + 1).trim();

/** What a person or a model reads where there is no written text. Customers' agents read it, hence pt-BR. */
export function describeLocation(location: Location): string {
  const place = [location.name, location.address].filter(Boolean).join(', ');
  const point = `${location.latitude}, ${location.longitude}`;
  return place ? `📍 Localização: ${place} (${point})` : `📍 Localização: ${point}`;
}

export function describeContacts(contacts: SharedContact[]): string {
  return contacts
    .map(({ name, phones }) => `👤 Contato: ${[name ?? 'sem nome', phones.join(', ')].filter(Boolean).join(' · ')}`)
    .join('\n');
}

export function describeUnsupported(kind: string | null): string {
  return kind ? `[mensagem de um tipo não suportado: ${kind}]` : '[mensagem de um tipo não suportado]';
}

/** The contextInfo of whichever part has one: quotes, mentions and advertisements live there. */
export function contextOf(inner: Fields): Fields {
  for (const part of Object.values(inner)) {
    const context = asFields(asFields(part)?.['contextInfo']);
    if (context !== null) return context;
  }
  return {};
}

export function replyToOf(message: WahaMessage, context: Fields): string | null {
  const replyTo = typeof message.replyTo === 'string' ? message.replyTo : message.replyTo?.id;
  const id = firstText(replyTo, context['stanzaID'], context['stanzaId']);
  return id === null ? null : normaliseMessageId(id).slice(0, 255);
}

export function mentionsOf(message: WahaMessage, context: Fields): string[] {
  const all = [message.mentionedJid, message.mentionedIds, context['mentionedJID'], context['mentionedJid']];
  return [...new Set(all.flatMap(asTexts).map(mentionAddress))];
}

/** The advertisement that opened the conversation, null when there was none. */
export function trackingOf(context: Fields): AdTracking | null {
  const ad = asFields(context['externalAdReply']) ?? {};
  const found: Record<string, string | null> = {
    conversion_source: asText(context['conversionSource']),
    conversion_app: asText(context['entryPointConversionApp']),
    conversion_data: asText(context['conversionData']),
    external_source: firstText(context['entryPointConversionExternalSource'], context['entryPointConversionSource']),
    external_medium: asText(context['entryPointConversionExternalMedium']),
    ad_source_type: asText(ad['sourceType']),
    ad_source_id: firstText(ad['sourceID'], ad['sourceId']),
    ad_source_app: asText(ad['sourceApp']),
    ad_source_url: firstText(ad['sourceURL'], ad['sourceUrl']),
    ad_title: asText(ad['title']),
    ad_body: asText(ad['body']),
    ctwa_clid: asText(ad['ctwaClid']),
  };
  // A link preview is an externalAdReply too; only these fields make it an advertisement.
  const isAd = found['ctwa_clid'] ?? found['conversion_source'] ?? (found['ad_source_type'] === 'ad' ? 'ad' : null);
  if (isAd === null) return null;
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== null));
}

/** Media are these; the channel may still have failed to download the file. */
export const MEDIA_TYPES: ReadonlySet<ContentType> = new Set([
  'image',
  'video',
  'audio',
  'voice',
  'document',
  'sticker',
]);
