import path from 'node:path';

export type MediaKind = 'image' | 'audio' | 'video' | 'document' | 'text' | 'unsupported';

const OOXML = 'application/vnd.openxmlformats-officedocument';

/** Documents that a parser can read. */
const DOCUMENT_TYPES = new Set([
  'application/pdf',
  'application/rtf',
  'application/msword',
  'application/vnd.ms-excel',
  'application/vnd.ms-powerpoint',
  `${OOXML}.wordprocessingml.document`,
  `${OOXML}.spreadsheetml.sheet`,
  `${OOXML}.presentationml.presentation`,
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.presentation',
  'application/epub+zip',
]);

const TEXT_TYPES = new Set(['application/json', 'application/xml', 'application/yaml', 'application/x-ndjson']);

/** Names that mean the same, towards the one we store. Several are what gateways and browsers really send. */
const CANONICAL: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/x-png': 'image/png',
  'audio/mp3': 'audio/mpeg',
  'audio/x-mp3': 'audio/mpeg',
  'audio/x-m4a': 'audio/mp4',
  'audio/m4a': 'audio/mp4',
  'audio/x-wav': 'audio/wav',
  'audio/wave': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/x-flac': 'audio/flac',
  'audio/x-aac': 'audio/aac',
  'audio/aacp': 'audio/aac',
  'audio/opus': 'audio/ogg',
  'audio/amr-nb': 'audio/amr',
  'video/x-m4v': 'video/mp4',
  'video/x-msvideo': 'video/avi',
  'video/vnd.avi': 'video/avi',
  'application/x-pdf': 'application/pdf',
  'text/rtf': 'application/rtf',
  'text/json': 'application/json',
  'text/xml': 'application/xml',
  'text/x-vcard': 'text/vcard',
};

/** One container, several names: whether it holds sound or pictures is what the sender declared. */
const CONTAINERS: readonly ReadonlySet<string>[] = [
  new Set([
    'audio/mp4',
    'video/mp4',
    'video/quicktime',
    'audio/3gpp',
    'video/3gpp',
    'audio/3gpp2',
    'video/3gpp2',
    'audio/aac',
  ]),
  new Set(['audio/ogg', 'video/ogg', 'application/ogg']),
  new Set(['audio/webm', 'video/webm', 'audio/matroska', 'video/matroska', 'video/x-matroska', 'audio/x-matroska']),
  new Set(['audio/x-ms-wma', 'audio/x-ms-asf', 'video/x-ms-asf', 'video/x-ms-wmv', 'application/vnd.ms-asf']),
];

/** Types that senders write when they do not know: they declare nothing. */
const DECLARES_NOTHING = new Set([
  '',
  '*/*',
  'application/octet-stream',
  'binary/octet-stream',
  'application/binary',
  'application/unknown',
  'application/force-download',
]);

const TYPE_BY_EXTENSION: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  ogg: 'audio/ogg',
  oga: 'audio/ogg',
  opus: 'audio/ogg',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  wav: 'audio/wav',
  amr: 'audio/amr',
  aac: 'audio/aac',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  '3gp': 'video/3gpp',
  pdf: 'application/pdf',
  doc: 'application/msword',
  xls: 'application/vnd.ms-excel',
  ppt: 'application/vnd.ms-powerpoint',
  docx: `${OOXML}.wordprocessingml.document`,
  xlsx: `${OOXML}.spreadsheetml.sheet`,
  pptx: `${OOXML}.presentationml.presentation`,
  rtf: 'application/rtf',
  txt: 'text/plain',
  csv: 'text/csv',
  md: 'text/markdown',
  json: 'application/json',
  xml: 'application/xml',
  html: 'text/html',
  vcf: 'text/vcard',
};

/** Without parameters, in lower case, under the one name we store: `audio/ogg; codecs=opus` is `audio/ogg`. */
export function canonicalMimeType(mimeType: string): string {
  const bare = mimeType.replace(/;.*$/s, '').trim().toLowerCase();
  return CANONICAL[bare] ?? bare;
}

/** The canonical declared type, or null when the sender declared nothing. */
export function declaredType(declaredMimeType: string | null): string | null {
  const canonical = canonicalMimeType(declaredMimeType ?? '');
  return DECLARES_NOTHING.has(canonical) ? null : canonical;
}

/** What the extension of a file name suggests, null when it suggests nothing. */
export function typeByFileName(fileName: string | null): string | null {
  const extension = path.extname(fileName ?? '').slice(1);
  return TYPE_BY_EXTENSION[extension.toLowerCase()] ?? null;
}

export function isSameContainer(one: string, other: string): boolean {
  return CONTAINERS.some((names) => names.has(one) && names.has(other));
}

/** What kind of medium a canonical type is. */
export function kindOf(mimeType: string): MediaKind {
  if (DOCUMENT_TYPES.has(mimeType)) return 'document';
  if (TEXT_TYPES.has(mimeType) || mimeType.startsWith('text/')) return 'text';
  if (mimeType === 'image/svg+xml' || mimeType === 'image/vnd.adobe.photoshop') return 'unsupported';
  if (mimeType.startsWith('image/')) return 'image';
  if (mimeType === 'application/ogg' || mimeType.startsWith('audio/')) return 'audio';
  if (mimeType === 'application/vnd.ms-asf' || mimeType.startsWith('video/')) return 'video';
  return 'unsupported';
}
