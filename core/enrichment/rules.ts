import type { ErrorCode } from '../errors/table';
import type { MediaKind } from '../media/mime';
import type { ReadingKind } from './types';

/** How a kind of file is read; null where nothing is to be read by a provider. */
export function readingKind(kind: MediaKind): ReadingKind | null {
  switch (kind) {
    case 'image':
      return 'image';
    case 'audio':
      return 'speech';
    case 'video':
      return 'video';
    case 'document':
      return 'document';
    case 'text':
    case 'unsupported':
      return null;
  }
}

/** The file itself is the trouble: no other provider will do better, and waiting does not help. */
export const FILE_FAULTS: ReadonlySet<string> = new Set<ErrorCode>([
  'MEDIA_EMPTY',
  'MEDIA_TOO_LARGE',
  'MEDIA_TYPE_MISMATCH',
  'MEDIA_UNSUPPORTED',
  'MEDIA_SWITCHED_OFF',
  'MEDIA_CORRUPT',
  'MEDIA_GONE',
  'IMAGE_TOO_MANY_PIXELS',
  'DOCUMENT_ENCRYPTED',
  'URL_FORBIDDEN',
  'NOT_FOUND',
]);

/** The provider or we are the trouble, and somebody can mend it: worth waiting for. */
const RECOVERABLE: ReadonlySet<string> = new Set<ErrorCode>([
  'PROVIDER_RATE_LIMITED',
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_TIMEOUT',
  'PROVIDER_AUTH',
  'PROVIDER_QUOTA',
  'PROVIDER_NOT_CONFIGURED',
  'MODEL_RETIRED',
  'EMBEDDING_DIMENSION_MISMATCH',
  'PRICE_UNKNOWN',
  'BREAKER_OPEN',
  'BULKHEAD_FULL',
  'BUDGET_EXCEEDED',
  'BUDGET_DEFERRED',
  'MEDIA_UNREACHABLE',
  'TIMEOUT',
  // Ours, and mended by a restart or by the next release.
  'DATABASE_ERROR',
  'INTERNAL_ERROR',
]);

export function isFileFault(code: string): boolean {
  return FILE_FAULTS.has(code);
}

/** After the whole chain failed: wait and try the chain again, or give up now? */
export function isWorthWaiting(codes: string[]): boolean {
  return codes.some((code) => RECOVERABLE.has(code));
}

/** What is known when all that could be tried has failed. */
interface Deferral {
  /** Why the last one failed. */
  code: string;
  /** From 0. */
  round: number;
  /** In the rounds before. */
  waitedMs: number;
  giveUpMs: number;
}

/**
 * How long to sleep before the chain is tried again: longer each time, the last wait repeats. Our own database is back long
 * before a provider would be, so for that it is the first wait each time. Null once the total would pass `giveUpMs`.
 */
export function deferralMs(waitsMs: number[], { code, round, waitedMs, giveUpMs }: Deferral): number | null {
  const step = code === 'DATABASE_ERROR' ? 0 : Math.min(round, waitsMs.length - 1);
  const waitMs = waitsMs[step] ?? giveUpMs;
  return waitedMs + waitMs > giveUpMs ? null : waitMs;
}

/** Opus at 6 kbit/s, the thinnest speech WhatsApp makes, for the ten minutes that are read in one go. */
const SHORT_SOUND_BYTES = 750 * 600;

/** Whether sound of this size may be too long to be read whole: most voice notes are not, and are spared the look. */
export function mayBeLongSound(sizeBytes: number): boolean {
  return sizeBytes > SHORT_SOUND_BYTES;
}

/** Smaller first. Domain reference, section 3, as a Temporal priority key (1 to 5, lower first). */
export function priorityKey(priority: number): number {
  if (priority >= 10) return 1;
  if (priority >= 7) return 2;
  if (priority >= 5) return 3;
  return 4;
}
