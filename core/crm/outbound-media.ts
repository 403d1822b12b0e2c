import path from 'node:path';
import { AppError } from '../errors';

export type OutboundMediaKind = 'image' | 'video' | 'voice' | 'document';

/** What each kind of message may carry, by the ending of its address (domain reference, section 2, Outbound). */
const FORMATS: Record<OutboundMediaKind, Record<string, string>> = {
  image: { jpg: 'image/jpeg', jpeg: 'image/jpeg', png: 'image/png', gif: 'image/gif', webp: 'image/webp' },
  video: { mp4: 'video/mp4', webm: 'video/webm', mov: 'video/quicktime', avi: 'video/x-msvideo' },
  voice: { ogg: 'audio/ogg', mp3: 'audio/mpeg', wav: 'audio/wav', m4a: 'audio/mp4', aac: 'audio/aac' },
  document: {
    pdf: 'application/pdf',
    doc: 'application/msword',
    docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    xls: 'application/vnd.ms-excel',
    xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    txt: 'text/plain',
  },
};

/**
 * The mime type of a medium to send: the one given, if this kind of message may carry it, else by the address.
 *
 * @throws AppError VALIDATION_ERROR
 */
export function outboundMimeType(kind: OutboundMediaKind, url: URL, given: string | undefined): string {
  const formats = FORMATS[kind];
  const mimeType = given ?? formats[path.extname(url.pathname).slice(1).toLowerCase()];
  if (mimeType && Object.values(formats).includes(mimeType)) return mimeType;
  const message = `must be one of ${[...new Set(Object.values(formats))].join(', ')}`;
  throw new AppError('VALIDATION_ERROR', `media_mimetype ${message}`, {
    fields: [{ field: 'media_mimetype', message }],
  });
}
