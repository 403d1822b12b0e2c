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
const FILE_FAULTS: ReadonlySet<string> = new Set<ErrorCode>([
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

/**
 * How long to sleep before round `round` (from 0) of the chain; the last wait repeats. Null once the total would pass
 * `giveUpMs`.
 */
export function deferralMs(waitsMs: number[], round: number, waitedMs: number, giveUpMs: number): number | null {
  const waitMs = waitsMs[Math.min(round, waitsMs.length - 1)] ?? giveUpMs;
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
