/** Kinds of content a message can have (messages.content_type). */
export type ContentType =
  'text' | 'image' | 'video' | 'audio' | 'voice' | 'document' | 'location' | 'contact' | 'sticker' | 'system';

/** How a channel knows a contact: digits only. */
export interface ContactAddress {
  /** WhatsApp id: the phone number as WhatsApp writes it. */
  wid: string | null;
  /** The id WhatsApp uses where it hides the phone number. */
  lid: string | null;
  /** Set when the channel named the contact by its protocol address (…@s.whatsapp.net). */
  jid: string | null;
}

export interface IncomingMedia {
  url: string;
  mimeType: string | null;
  fileName: string | null;
}

/** Where an advertisement sent the contact from, with the names of the domain's tracking. */
export type AdTracking = Record<string, string>;

/** One message of a channel, free of the channel's own format. */
export interface IncomingMessage {
  /** Bare id of the message in the channel, the same in every event and acknowledgement about it. */
  externalId: string;
  fromMe: boolean;
  sentAt: Date;
  contact: ContactAddress;
  /** The name the contact gave itself, only on its own messages. */
  pushName: string | null;
  /** Address of the group, null in a private chat. */
  groupId: string | null;
  contentType: ContentType;
  text: string | null;
  media: IncomingMedia | null;
  replyToExternalId: string | null;
  mentions: string[];
  tracking: AdTracking | null;
  metadata: Record<string, unknown>;
}

/** The channel a webhook belongs to. */
export interface ChannelRef {
  tenantId: string;
  channelId: string;
}

/** What became of one event. `ignored` and `dead_lettered` are answered with 200 too: sending them again changes nothing. */
export type IngestResult =
  | { status: 'stored'; messageId: string }
  | { status: 'duplicate' }
  | { status: 'applied' }
  | { status: 'ignored'; reason: string }
  | { status: 'dead_lettered'; reason: string };
