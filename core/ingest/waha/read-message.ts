import type { IncomingMedia, IncomingMessage } from '../types';
import type { WahaMessage } from './envelope';
import { contactAddress, parseAddress, privateChatId } from './identity';
import {
  contextOf,
  describeContacts,
  describeLocation,
  describeUnsupported,
  locationOf,
  MEDIA_TYPES,
  mentionsOf,
  replyToOf,
  sharedContactsOf,
  trackingOf,
  writtenText,
} from './message-fields';
import { normaliseMessageId } from './message-id';
import { contentTypeOf, innerMessage, isProtocolOnly } from './message-type';
import { asFields, asText, firstText, type Fields } from './read';

export type ReadMessage = { kind: 'message'; message: IncomingMessage } | { kind: 'ignored'; reason: string };

const ignored = (reason: string): ReadMessage => ({ kind: 'ignored', reason });

/**
 * Turns WAHA's form of a message into ours. `ignored` names what is not a conversation: status updates, broadcasts and
 * newsletters, protocol messages, and our own posts in groups (they have no contact to belong to).
 */
export function readWahaMessage(payload: WahaMessage, receivedAt: Date): ReadMessage {
  const data = payload._data ?? null;
  const inner = innerMessage(data);
  const info = asFields(data?.['Info']) ?? {};
  const key = asFields(data?.['key']) ?? {};
  const chat = payload.fromMe ? (firstText(payload.to, info['Chat'], key['remoteJid']) ?? payload.from) : payload.from;
  const chatKind = parseAddress(chat).kind;
  if (chatKind === 'broadcast' || parseAddress(payload.from).kind === 'broadcast') return ignored('broadcast');
  if (chatKind === 'unknown') return ignored('not_a_conversation');
  if (isProtocolOnly(inner) && !payload.body) return ignored('protocol_message');
  const isGroup = chatKind === 'group';
  if (isGroup && payload.fromMe) return ignored('own_group_message');

  const contact = contactAddress(contactAddresses(payload, { chat, isGroup, info, key }));
  if (privateChatId(contact) === null) return ignored('no_sender');
  return {
    kind: 'message',
    message: {
      externalId: normaliseMessageId(payload.id),
      fromMe: payload.fromMe,
      sentAt: sentAt(payload.timestamp, receivedAt),
      contact,
      pushName: payload.fromMe ? null : pushName(data, info),
      groupId: isGroup ? chat : null,
      ...contentOf(payload, inner),
    },
  };
}

/**
 * Every address that means the contact. On our own messages Sender and SenderAlt are ourselves, and `me` of the
 * envelope always is, so neither may reach the contact.
 */
function contactAddresses(
  payload: WahaMessage,
  { chat, isGroup, info, key }: { chat: string; isGroup: boolean; info: Fields; key: Fields },
): (string | null)[] {
  if (payload.fromMe) return [chat, asText(info['Chat']), asText(info['RecipientAlt']), asText(key['remoteJidAlt'])];
  const sender = [asText(info['Sender']), asText(info['SenderAlt'])];
  if (isGroup) {
    return [asText(payload.participant), ...sender, asText(key['participant']), asText(key['participantAlt'])];
  }
  return [chat, ...sender, asText(key['remoteJidAlt'])];
}

function pushName(data: Fields | null, info: Fields): string | null {
  return firstText(info['PushName'], data?.['pushName'], data?.['notifyName'])?.trim().slice(0, 200) || null;
}

/** WAHA counts in seconds. Nothing was sent later than it was received, whatever the sender's clock says. */
function sentAt(timestampSeconds: number | null | undefined, receivedAt: Date): Date {
  const milliseconds = (timestampSeconds ?? 0) * 1000;
  if (!(milliseconds > 0)) return receivedAt;
  return new Date(Math.min(milliseconds, receivedAt.getTime()));
}

type Content = Pick<
  IncomingMessage,
  'contentType' | 'text' | 'media' | 'replyToExternalId' | 'mentions' | 'tracking' | 'metadata'
>;

function contentOf(payload: WahaMessage, inner: Fields): Content {
  const contentType = contentTypeOf(payload);
  const context = contextOf(inner);
  const location = contentType === 'location' ? locationOf(payload, inner) : null;
  const contacts = contentType === 'contact' ? sharedContactsOf(payload, inner) : [];
  const tracking = trackingOf(context);
  const metadata: Record<string, unknown> = {};
  let text = writtenText(payload, inner);
  if (location !== null) {
    metadata['location'] = location;
    text = describeLocation(location);
  }
  if (contacts.length > 0) {
    metadata['contacts'] = contacts;
    text = describeContacts(contacts);
  }
  if (contentType === 'system') {
    const kind = asText(payload._data?.['type']) ?? asText(Object.keys(inner)[0]);
    metadata['unsupported'] = { kind };
    text ??= describeUnsupported(kind);
  }
  if (tracking !== null) metadata['tracking'] = tracking;
  const source = asText(payload.source);
  if (source !== null) metadata['device'] = source;
  const media = MEDIA_TYPES.has(contentType) ? mediaOf(payload, inner, metadata) : null;
  return {
    contentType,
    text,
    media,
    replyToExternalId: replyToOf(payload, context),
    mentions: mentionsOf(payload, context),
    tracking,
    metadata,
  };
}

/** Only the address WAHA gives is readable: the one inside the message leads to an encrypted file. */
function mediaOf(payload: WahaMessage, inner: Fields, metadata: Record<string, unknown>): IncomingMedia | null {
  const s3 = asFields(payload.media?.s3);
  if (s3 !== null) metadata['media_s3'] = { bucket: asText(s3['Bucket']), key: asText(s3['Key']) };
  const url = asText(payload.media?.url);
  if (url === null) {
    metadata['media_missing'] = asText(payload.media?.error) ?? 'the channel gave no address for the file';
    return null;
  }
  const document = asFields(inner['documentMessage']);
  return {
    url,
    mimeType: asText(payload.media?.mimetype)?.slice(0, 255) ?? null,
    fileName: firstText(payload.media?.filename, document?.['fileName'])?.slice(0, 255) ?? null,
  };
}
