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
      /** Temporal's, 1 (first) to 5. Absent in plans of older versions. */
      priorityKey?: number;
    }
  | { step: 'settled'; hasText: boolean };

export interface EnrichmentRef {
  tenantId: string;
  enrichmentId: string;
}

/** One frame or the sound track of a video, read on its own. */
export interface EnrichmentPart {
  /** `frame-1`, `frame-2`, …, `sound` */
  key: string;
  mediaId: string;
  atSeconds: number;
}

export interface VideoParts {
  durationSeconds: number;
  frames: EnrichmentPart[];
  sound: EnrichmentPart | null;
}
