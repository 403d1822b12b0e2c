import type { OutboundContent } from '../ports';

/** Path and body of the call that sends one kind of content. */
export interface WahaRequest {
  path: string;
  body: Record<string, unknown>;
}

type Media = Exclude<OutboundContent, { type: 'text' }>;

function fileOf({ mediaUrl, data, mimeType, fileName }: Media): Record<string, unknown> {
  const name = fileName === undefined ? {} : { filename: fileName };
  return data === undefined
    ? { mimetype: mimeType, url: mediaUrl, ...name }
    : { mimetype: mimeType, data: data.toString('base64'), ...name };
}

function isVoiceNote(mimeType: string): boolean {
  return /^audio\/ogg\b/.test(mimeType);
}

/** The part of a message id that WhatsApp itself knows: `true_5511999@c.us_3EB0…` is `3EB0…`. */
export function rawMessageId(externalMessageId: string): string {
  return externalMessageId.split('_').at(-1) ?? externalMessageId;
}

/** WAHA's sends (OpenAPI 2026.7.1). Only sendText takes an id made beforehand; media sends are at-least-once. */
export function sendRequest(content: OutboundContent, externalMessageId: string | null): WahaRequest {
  if (content.type === 'text') {
    return {
      path: '/api/sendText',
      body: {
        text: content.text,
        ...(content.replyToExternalId === undefined ? {} : { reply_to: content.replyToExternalId }),
        ...(externalMessageId === null ? {} : { id: rawMessageId(externalMessageId) }),
      },
    };
  }
  const file = fileOf(content);
  const caption = content.caption === undefined ? {} : { caption: content.caption };
  switch (content.type) {
    case 'image':
      return { path: '/api/sendImage', body: { file, ...caption } };
    case 'document':
      return { path: '/api/sendFile', body: { file, ...caption } };
    case 'video':
      return { path: '/api/sendVideo', body: { file, convert: content.mimeType !== 'video/mp4', ...caption } };
    case 'voice':
      // WhatsApp plays voice notes only as ogg/opus; WAHA converts the rest.
      return { path: '/api/sendVoice', body: { file, convert: !isVoiceNote(content.mimeType) } };
  }
}
