/** What is asked of a dependency. Each has a circuit, a timeout and a bulkhead of its own. */
export type CallOperation =
  | 'vision'
  | 'speech'
  | 'documents'
  | 'language'
  | 'embeddings'
  /** One question that somebody waits for: not behind batches of texts that nobody waits for. */
  | 'query_embeddings'
  | 'rerank'
  | 'send'
  /** Shows that an answer is being written. */
  | 'typing'
  | 'session'
  | 'billing';

/** One call as the policy sees it. */
export interface CallTarget {
  /** Name of the provider or channel, such as `vertex` or `waha`. */
  provider: string;
  operation: CallOperation;
  /** For the log and the list of providers. */
  model?: string;
  /** Where a provider serves accounts that fail by themselves, each has its own circuit: the id of the channel. */
  account?: string;
  /** Instead of the operation's own. */
  timeoutMs?: number | undefined;
}

export function callTarget(of: { name: string; model: string }, operation: CallOperation): CallTarget {
  return { provider: of.name, model: of.model, operation };
}

export interface CallLimits {
  /** One attempt, from its first byte to its last. */
  timeoutMs: number;
  /** Calls under way at once in this process. */
  maxConcurrent: number;
}

/** Domain reference, section 12: 10 for models, 20 for other services, per process. */
const MODEL_CALLS = 10;
const EXTERNAL_CALLS = 20;

const SECOND = 1_000;

const LIMITS: Readonly<Record<CallOperation, CallLimits>> = {
  vision: { timeoutMs: 30 * SECOND, maxConcurrent: MODEL_CALLS },
  speech: { timeoutMs: 60 * SECOND, maxConcurrent: MODEL_CALLS },
  // A job of many pages takes long; each of its requests has 60 s, in the adapter.
  documents: { timeoutMs: 20 * 60 * SECOND, maxConcurrent: MODEL_CALLS },
  language: { timeoutMs: 30 * SECOND, maxConcurrent: MODEL_CALLS },
  embeddings: { timeoutMs: 30 * SECOND, maxConcurrent: MODEL_CALLS },
  // A search waits no longer than this for its vector; the keyword leg answers alone after it.
  query_embeddings: { timeoutMs: 5 * SECOND, maxConcurrent: MODEL_CALLS },
  // Nor for a better order of what it has found.
  rerank: { timeoutMs: 5 * SECOND, maxConcurrent: MODEL_CALLS },
  send: { timeoutMs: 10 * SECOND, maxConcurrent: EXTERNAL_CALLS },
  typing: { timeoutMs: 3 * SECOND, maxConcurrent: EXTERNAL_CALLS },
  session: { timeoutMs: 10 * SECOND, maxConcurrent: EXTERNAL_CALLS },
  billing: { timeoutMs: 10 * SECOND, maxConcurrent: EXTERNAL_CALLS },
};

/** Groq answers in a fraction of the time that others need, or not at all. */
const GROQ_SPEECH_TIMEOUT_MS = 30 * SECOND;

/** OCR here takes a processor for seconds: more at once would keep everything else in this process waiting. */
const LOCAL_OCR_CALLS = 2;

/** Nobody waits longer than this for a place: then BULKHEAD_FULL. */
const LONGEST_WAIT_MS = 60 * SECOND;

/** Timeout and bulkhead of a call. A call waits for a place no longer than it may itself take, a minute at most. */
export function limitsOf({ provider, operation, timeoutMs }: CallTarget): CallLimits & { maxWaitMs: number } {
  const limits = LIMITS[operation];
  const own = provider === 'groq' && operation === 'speech' ? GROQ_SPEECH_TIMEOUT_MS : limits.timeoutMs;
  const timeout = timeoutMs ?? own;
  const maxConcurrent = provider === 'tesseract' ? LOCAL_OCR_CALLS : limits.maxConcurrent;
  return { maxConcurrent, timeoutMs: timeout, maxWaitMs: Math.min(timeout, LONGEST_WAIT_MS) };
}
