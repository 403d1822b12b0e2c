import type { ContentType } from '../types';
import type { WahaMessage } from './envelope';
import { asFields, asText, type Fields } from './read';

/** Envelopes of WhatsApp round a message, whose inside is what the customer sent. */
const WRAPPERS = [
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
  'documentWithCaptionMessage',
  'deviceSentMessage',
];

/** The message of the engine below `_data`, without its wrappers. Empty where the engine sends none. */
export function innerMessage(data: Fields | null): Fields {
  let message = asFields(data?.['Message']) ?? asFields(data?.['message']) ?? {};
  for (let depth = 0; depth < WRAPPERS.length; depth++) {
    const wrapper = WRAPPERS.find((name) => asFields(asFields(message[name])?.['message']) !== null);
    if (wrapper === undefined) break;
    message = asFields(asFields(message[wrapper])?.['message']) ?? {};
  }
  return message;
}

const TYPE_OF_PART: Record<string, ContentType> = {
  imageMessage: 'image',
  videoMessage: 'video',
  ptvMessage: 'video',
  audioMessage: 'audio',
  documentMessage: 'document',
  stickerMessage: 'sticker',
  lottieStickerMessage: 'sticker',
  locationMessage: 'location',
  liveLocationMessage: 'location',
  contactMessage: 'contact',
  contactsArrayMessage: 'contact',
  extendedTextMessage: 'text',
  conversation: 'text',
};

/** The types engines name instead of sending the part: Info.MediaType (GOWS) and _data.type (WEBJS). */
const TYPE_OF_NAME: Record<string, ContentType> = {
  image: 'image',
  video: 'video',
  gif: 'video',
  audio: 'audio',
  ptt: 'voice',
  document: 'document',
  sticker: 'sticker',
  location: 'location',
  livelocation: 'location',
  vcard: 'contact',
  multi_vcard: 'contact',
  contact: 'contact',
  contact_array: 'contact',
  chat: 'text',
  text: 'text',
  url: 'text',
};

/** What only keeps the protocol going: not something anybody said. */
const PROTOCOL_PARTS = new Set(['protocolMessage', 'senderKeyDistributionMessage', 'messageContextInfo']);

export function isProtocolOnly(message: Fields): boolean {
  const parts = Object.keys(message);
  return parts.length > 0 && parts.every((part) => PROTOCOL_PARTS.has(part));
}

function typeOfMime(mimeType: string): ContentType {
  if (mimeType.startsWith('image/webp')) return 'sticker';
  if (mimeType.startsWith('image/')) return 'image';
  if (mimeType.startsWith('video/')) return 'video';
  // WhatsApp records voice notes as ogg/opus and forwards audio files as they were.
  if (mimeType.startsWith('audio/ogg')) return 'voice';
  if (mimeType.startsWith('audio/')) return 'audio';
  return 'document';
}

function typeOfPart(message: Fields): ContentType | null {
  const part = Object.keys(TYPE_OF_PART).find((name) => message[name] !== undefined && message[name] !== null);
  if (part === undefined) return null;
  const type = TYPE_OF_PART[part] ?? null;
  if (type !== 'audio') return type;
  const audio = asFields(message[part]);
  return audio?.['PTT'] === true || audio?.['ptt'] === true ? 'voice' : 'audio';
}

/**
 * The content type of a message, from the most to the least certain source: the part the engine sends, the type it
 * names, the type of the file (all that history has), a text. What is none of these is kept as `system`.
 */
export function contentTypeOf(message: WahaMessage): ContentType {
  const data = message._data ?? null;
  const info = asFields(data?.['Info']);
  const named = TYPE_OF_NAME[(asText(info?.['MediaType']) ?? asText(data?.['type']) ?? '').toLowerCase()] ?? null;
  const part = typeOfPart(innerMessage(data));
  if (part === 'audio' && named === 'voice') return 'voice';
  if (part !== null) return part;
  if (named !== null) return named;
  const mimeType = asText(message.media?.mimetype)?.toLowerCase();
  if (mimeType) return typeOfMime(mimeType);
  if (message.location) return 'location';
  if (message.vCards?.length) return 'contact';
  if (message.hasMedia) return 'document';
  return asText(message.body) === null ? 'system' : 'text';
}
