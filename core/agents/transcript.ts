import { cutText } from '../text';

/** A message as an agent reads it: what was written, and what was read from its medium. */
export interface TranscriptMessage {
  id: string;
  fromMe: boolean;
  contentType: string;
  text: string | null;
  sentAt: Date;
  enrichmentStatus: 'pending' | 'processing' | 'completed' | 'failed' | null;
  extractedText: string | null;
  errorCode: string | null;
}

const MEDIA_LABELS: Record<string, string> = {
  image: 'imagem',
  video: 'vídeo',
  audio: 'áudio',
  voice: 'mensagem de voz',
  document: 'documento',
  sticker: 'figurinha',
  location: 'localização',
  contact: 'contato',
};

/** Why a medium has no text, in words the agent may pass on. */
const FAILURE_REASONS: Record<string, string> = {
  DOCUMENT_ENCRYPTED: 'está protegido por senha',
  MEDIA_EMPTY: 'veio vazio',
  MEDIA_CORRUPT: 'está danificado',
  MEDIA_TOO_LARGE: 'é grande demais',
  IMAGE_TOO_MANY_PIXELS: 'é grande demais',
  MEDIA_UNSUPPORTED: 'é de um tipo que não conseguimos ler',
  MEDIA_SWITCHED_OFF: 'é de um tipo que não lemos neste canal',
  CONTENT_BLOCKED: 'tem conteúdo que não pode ser descrito',
  MEDIA_TYPE_MISMATCH: 'não é do tipo que diz ser',
  MEDIA_GONE: 'não está mais disponível',
};

/**
 * What of one text a prompt takes: of the messages being answered, and of those before them. A contract of 200 pages
 * would fill the model's window, and be paid for in each of the next twenty turns.
 */
export const TEXT_LIMITS = { answered: 6_000, earlier: 500 } as const;

/** The text of one message with its labelled medium; honest about a medium that could not be read, or not wholly shown. */
export function messageText(message: TranscriptMessage, limit: number = TEXT_LIMITS.answered): string {
  const label = MEDIA_LABELS[message.contentType];
  const parts = [shorten(message.text?.trim() ?? '', limit)];
  if (label && message.enrichmentStatus) parts.push(mediaText(label, message, limit));
  else if (label && !message.text) parts.push(`[${label}]`);
  return parts.filter(Boolean).join('\n');
}

export function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${cutText(text, limit)} (… texto cortado)`;
}

function mediaText(
  label: string,
  { enrichmentStatus, extractedText, errorCode }: TranscriptMessage,
  limit: number,
): string {
  if (enrichmentStatus === 'completed')
    return `[${label}] ${shorten(extractedText?.trim() || '(sem conteúdo reconhecível)', limit)}`;
  if (enrichmentStatus === 'failed') {
    return `[${label}: não foi possível ler; o arquivo ${FAILURE_REASONS[errorCode ?? ''] ?? 'não pôde ser processado'}]`;
  }
  return `[${label}: chegou, mas ainda não foi possível ler]`;
}

/** Several messages answered at once, numbered with their time (domain reference, section 2, join). */
export function joinMessages(messages: TranscriptMessage[], timezone: string): string {
  const [only] = messages;
  if (messages.length === 1 && only) return messageText(only);
  return messages
    .map((message, index) => `(${index + 1}) ${clock(message.sentAt, timezone)} ${messageText(message)}`)
    .join('\n');
}

export function clock(at: Date, timezone: string): string {
  return new Intl.DateTimeFormat('pt-BR', { timeZone: timezone, hour: '2-digit', minute: '2-digit' }).format(at);
}

/** One a timezone: making a format takes a hundred times as long as using it. */
const dateFormats = new Map<string, Intl.DateTimeFormat>();

export function dateAndClock(at: Date, timezone: string): string {
  const format =
    dateFormats.get(timezone) ??
    new Intl.DateTimeFormat('pt-BR', { timeZone: timezone, dateStyle: 'full', timeStyle: 'short' });
  dateFormats.set(timezone, format);
  return format.format(at);
}
