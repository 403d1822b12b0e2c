import type { ProviderKind } from '../providers/requirements';
import type { ReadingKind } from './types';

/** The kinds of media that settings can be made for. Text needs no reading, so it has none. */
export const MEDIA_TYPES = ['voice', 'audio', 'image', 'sticker', 'document', 'video'] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

/** How media of one kind are read. */
export interface MediaTypeSettings {
  enabled: boolean;
  /** 1 to 10; the higher one is worked on first. */
  priority: number;
  /** Instead of the channel's own debounce time; null: the channel's. */
  debounceMs: number | null;
  /** Larger files are kept and not read. The limit of the process (MEDIA_MAX_BYTES) holds as well. */
  maxMb: number;
  /** `provider` or `provider/model`, in the order in which they are tried; null: the chain of the process. */
  chain: string[] | null;
}

/** What somebody set; what is left out comes from the level above. */
export type MediaOverrides = Partial<Record<MediaType, Partial<MediaTypeSettings>>>;

/**
 * Domain reference, section 3, but for two things. Video is on: that every video becomes text is what the product promises.
 * And the 25 MB of sound are the size of a piece: longer sound is cut and read, not refused.
 */
export const DEFAULT_MEDIA_SETTINGS: Readonly<Record<MediaType, MediaTypeSettings>> = {
  voice: { enabled: true, priority: 10, debounceMs: null, maxMb: 100, chain: null },
  audio: { enabled: true, priority: 8, debounceMs: null, maxMb: 100, chain: null },
  image: { enabled: true, priority: 7, debounceMs: null, maxMb: 10, chain: null },
  sticker: { enabled: true, priority: 5, debounceMs: null, maxMb: 10, chain: null },
  document: { enabled: true, priority: 6, debounceMs: null, maxMb: 50, chain: null },
  video: { enabled: true, priority: 3, debounceMs: null, maxMb: 100, chain: null },
};

const BYTES_PER_MB = 1_000_000;

export function maxBytesOf({ maxMb }: MediaTypeSettings): number {
  return maxMb * BYTES_PER_MB;
}

/** The settings of one kind: the last level that says something wins, field by field. */
export function resolveMediaSettings(type: MediaType, levels: MediaOverrides[]): MediaTypeSettings {
  return Object.assign({}, DEFAULT_MEDIA_SETTINGS[type], ...levels.map((level) => level[type] ?? {}));
}

export function isMediaType(value: string): value is MediaType {
  return (MEDIA_TYPES as readonly string[]).includes(value);
}

/** Whose settings hold for a file: of what it turned out to be, and of how it was sent where that makes a difference. */
export function mediaTypeOf(reading: ReadingKind, contentType: string): MediaType {
  switch (reading) {
    case 'speech':
      return contentType === 'voice' ? 'voice' : 'audio';
    case 'image':
      return contentType === 'sticker' ? 'sticker' : 'image';
    case 'document':
      return 'document';
    case 'video':
      return 'video';
  }
}

/** Which providers can be in the chain of a kind. A video has none of its own: it is read by those of image and audio. */
export function providerKindOf(type: MediaType): Extract<ProviderKind, 'vision' | 'speech' | 'documents'> | null {
  switch (type) {
    case 'voice':
    case 'audio':
      return 'speech';
    case 'image':
    case 'sticker':
      return 'vision';
    case 'document':
      return 'documents';
    case 'video':
      return null;
  }
}

/** A place of a chain: `groq` is Groq with the model of the process, `groq/whisper-large-v3` names another one. */
export function splitChainEntry(entry: string): { provider: string; model: string | null } {
  const slash = entry.indexOf('/');
  return slash < 0
    ? { provider: entry, model: null }
    : { provider: entry.slice(0, slash), model: entry.slice(slash + 1) };
}
