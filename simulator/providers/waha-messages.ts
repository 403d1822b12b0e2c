import { randomBytes } from 'node:crypto';

export type WahaMessageType =
  'text' | 'image' | 'voice' | 'audio' | 'video' | 'document' | 'sticker' | 'location' | 'contact';

/** The shop's own account on every simulated session. */
export const ME = { id: '5511900000000@c.us', lid: '900000000000000@lid', pushName: 'Loja Simulada' };
export const ENVIRONMENT = { version: '2026.7.1', engine: 'GOWS', tier: 'CORE' };

/** A message as it appears in a webhook, before it has an envelope. */
export interface WahaMessage {
  id: string;
  chatId: string;
  fromMe: boolean;
  source: 'api' | 'app';
  type: WahaMessageType;
  /** The body of a text, the caption of a medium. */
  text: string;
  pushName: string;
  participant: string | null;
  media: { url: string; mimetype: string; filename: string | null } | null;
  replyTo: string | null;
  timestampSeconds: number;
  ack: number;
}

export const ACK_NAMES: Record<number, string> = {
  [-1]: 'ERROR',
  0: 'PENDING',
  1: 'SERVER',
  2: 'DEVICE',
  3: 'READ',
  4: 'PLAYED',
};

/** `5511987654321` and `+55 11 98765-4321` become a chat id; anything with an @ is one already. */
export const toChatId = (address: string): string =>
  address.includes('@') ? address : `${address.replace(/\D/g, '')}@c.us`;

/** 32 upper case hex digits, as WhatsApp makes them. */
export const newBareId = (): string => randomBytes(16).toString('hex').toUpperCase();

/** `true|false_<chat>_<HEX>[_<participant>]`; an id that already has this form stays as it is. */
export function serialisedId(
  bareId: string,
  { chatId, fromMe, participant }: { chatId: string; fromMe: boolean; participant?: string | null },
): string {
  if (/^(true|false)_/.test(bareId)) return bareId;
  return `${fromMe}_${chatId}_${bareId}${participant ? `_${participant}` : ''}`;
}

/** The webhook payload of a message, with the inner structure of the GOWS engine in `_data`. */
export function messagePayload(message: WahaMessage): Record<string, unknown> {
  const isGroup = message.chatId.endsWith('@g.us');
  const { media } = message;
  return {
    id: message.id,
    timestamp: message.timestampSeconds,
    from: message.fromMe ? ME.id : message.chatId,
    to: message.fromMe ? message.chatId : ME.id,
    fromMe: message.fromMe,
    source: message.source,
    participant: message.participant,
    body: message.text,
    hasMedia: media !== null,
    media: media ? { ...media, s3: null, error: null } : null,
    ack: message.ack,
    ackName: ACK_NAMES[message.ack],
    replyTo: message.replyTo ? { id: message.replyTo } : null,
    ...(message.type === 'location' ? { location: LOCATION } : {}),
    ...(message.type === 'contact' ? { vCards: [vCardOf(message)] } : {}),
    _data: {
      Info: {
        Chat: message.chatId,
        Sender: message.participant ?? (message.fromMe ? ME.id : message.chatId),
        ID: message.id.split('_')[2] ?? message.id,
        IsFromMe: message.fromMe,
        IsGroup: isGroup,
        PushName: message.fromMe ? ME.pushName : message.pushName,
        Type: message.type === 'text' ? 'text' : 'media',
        MediaType: MEDIA_TYPES[message.type],
      },
      Message: innerMessage(message),
    },
  };
}

const MEDIA_TYPES: Record<WahaMessageType, string> = {
  text: '',
  image: 'image',
  voice: 'ptt',
  audio: 'audio',
  video: 'video',
  document: 'document',
  sticker: 'sticker',
  location: 'location',
  contact: 'vcard',
};

const LOCATION = {
  latitude: '-23.561414',
  longitude: '-46.655881',
  description: 'Avenida Paulista, 1578, São Paulo',
};

const vCardOf = (message: WahaMessage): string =>
  `BEGIN:VCARD\nVERSION:3.0\nFN:${message.text || 'Contato Simulado'}\nTEL;type=CELL;waid=5511911112222:+55 11 91111-2222\nEND:VCARD`;

function innerMessage(message: WahaMessage): Record<string, unknown> {
  const medium = { mimetype: message.media?.mimetype, ...(message.text ? { caption: message.text } : {}) };
  switch (message.type) {
    case 'text':
      return message.replyTo
        ? { extendedTextMessage: { text: message.text, contextInfo: { stanzaID: message.replyTo } } }
        : { conversation: message.text };
    case 'image':
      return { imageMessage: medium };
    case 'voice':
      return { audioMessage: { ...medium, PTT: true } };
    case 'audio':
      return { audioMessage: { ...medium, PTT: false } };
    case 'video':
      return { videoMessage: medium };
    case 'document':
      return { documentMessage: { ...medium, fileName: message.media?.filename } };
    case 'sticker':
      return { stickerMessage: medium };
    case 'location':
      return {
        locationMessage: {
          degreesLatitude: Number(LOCATION.latitude),
          degreesLongitude: Number(LOCATION.longitude),
          name: LOCATION.description,
        },
      };
    case 'contact':
      return { contactMessage: { displayName: message.text || 'Contato Simulado', vcard: vCardOf(message) } };
  }
}
