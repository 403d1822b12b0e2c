/** The services the simulator stands in for, each on a port of its own. */
export const PROVIDER_NAMES = ['vertex', 'groq', 'openai', 'llamaparse', 'waha', 'jina'] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** What a request asks for: latency can be set by provider or, more exactly, by operation. */
export type Operation = 'vision' | 'speech' | 'documents' | 'language' | 'embeddings' | 'rerank' | 'send';

/** Fixed, or drawn evenly from [min, max]. */
export type Latency = number | [minMs: number, maxMs: number];

/** What one call would be billed for. Absent numbers are zero. */
export interface BilledUsage {
  model: string;
  inputTokens?: number;
  /** The part of inputTokens read from the provider's cache. */
  cachedInputTokens?: number;
  outputTokens?: number;
  audioSeconds?: number;
  pages?: number;
  images?: number;
  /** What the answer calls itself. Absent where the provider gives its answers no name. */
  requestId?: string;
}

export interface InvoiceRow extends Required<Omit<BilledUsage, 'requestId'>> {
  provider: ProviderName;
  requestId: string | null;
  /** ISO time at which it was billed. */
  at: string;
}

/** Invoice rows added up per provider and model. */
export interface InvoiceTotal extends Omit<InvoiceRow, 'requestId' | 'at'> {
  calls: number;
}

/** The place of an uploaded or inlined file in a recorded body. */
export interface FileSummary {
  sha256: string;
  sizeBytes: number;
}

export interface UploadedFile extends FileSummary {
  field: string;
  fileName: string;
  mimeType: string;
  bytes: Buffer;
}

/** One request as a provider's handler sees it. */
export interface Call {
  provider: ProviderName;
  method: string;
  /** Decoded path without the query. */
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  /** Parsed JSON, with the base64 of `{mimeType, data}` objects replaced by a FileSummary; undefined for other bodies. */
  body: unknown;
  /** Multipart fields other than files; a repeated field has several values. */
  fields: Record<string, string[]>;
  files: UploadedFile[];
  /** Set when a scripted fault asks for an answer that only the provider can shape. */
  outcome: 'normal' | 'block' | 'refusal';
}

export interface Answer {
  status: number;
  /** Sent as JSON, unless it is a Buffer or a string. */
  body?: unknown;
  headers?: Record<string, string>;
  operation?: Operation;
  /** Put on the invoice when the answer is made, whether or not it reaches the caller. */
  billed?: BilledUsage;
}

export type ProviderHandler = (call: Call) => Answer | Promise<Answer>;
