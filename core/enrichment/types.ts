/** How a medium is read; decided from its verified mime type. */
export type ReadingKind = 'image' | 'speech' | 'document' | 'video';

/** What is to be done next with an enrichment. Ids only: it travels in workflow payloads. */
export type EnrichmentPlan = EnrichmentStep & {
  /** As in the media settings; what the channel called it until the file is known. Absent in plans of older versions. */
  mediaKind?: string;
};

export type EnrichmentStep =
  | { step: 'fetch' }
  | {
      step: 'read';
      kind: ReadingKind;
      /** Places of a chain, `provider` or `provider/model`, in the order in which they are tried. */
      providers: string[];
      visionProviders: string[];
      speechProviders: string[];
      /** Sound of so many bytes may be long and has to be looked into. Absent in plans of older versions. */
      mayBeLong?: boolean;
      /** Temporal's, 1 (first) to 5. Absent in plans of older versions. */
      priorityKey?: number;
    }
  | { step: 'settled'; hasText: boolean };

export interface EnrichmentRef {
  tenantId: string;
  enrichmentId: string;
}

/** One frame of a video, its sound, or a piece of long sound, read on its own. */
export interface EnrichmentPart {
  /** `frame-1`, `frame-2`, …, `sound`; `piece-1`, `piece-2`, … */
  key: string;
  mediaId: string;
  atSeconds: number;
  /** Of sound. */
  durationSeconds?: number;
}

export interface SoundPieces {
  durationSeconds: number;
  /** There was more than is read of a recording. */
  isTruncated: boolean;
  /** In order of time; empty when it is short enough to be read whole. */
  pieces: EnrichmentPart[];
}

export interface VideoParts {
  durationSeconds: number;
  frames: EnrichmentPart[];
  /** Null when there is none, or when it is long. */
  sound: EnrichmentPart | null;
  /** Of long sound. Absent in results of older versions. */
  pieces?: EnrichmentPart[];
}
