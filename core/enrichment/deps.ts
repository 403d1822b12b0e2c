import type { Config } from '../config';
import type { Database } from '../database';
import type { FfmpegTools } from '../media/ffmpeg';
import type { GuardedFetch } from '../media/guarded-fetch';
import type { MediaStore } from '../media/store';
import type { Ledger } from '../money/ledger';
import type { CallPolicy } from '../providers/policy';
import type { Providers } from '../providers/registry';
import type { SecretBox } from '../security/secret-box';

/** What reading a medium needs from the outside. */
export interface EnrichmentDeps {
  config: Config;
  db: Database;
  ledger: Ledger;
  providers: Providers;
  callPolicy: CallPolicy;
  mediaStore: MediaStore;
  ffmpeg: FfmpegTools;
  guardedFetch: GuardedFetch;
  secretBox: SecretBox;
}

/** Said by the caller of one attempt: who pays for it, and when it must stop. */
export interface AttemptContext {
  /** The same for every retry of one activity. */
  activityKey: string;
  signal: AbortSignal;
  onProgress: (detail?: unknown) => void;
}
