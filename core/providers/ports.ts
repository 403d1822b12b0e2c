import type { Precision } from './stored-model';

/** What the product needs from the outside world, one interface each. Adapters live beside this file. */

/** What a call used, as the provider bills it. */
export interface Usage {
  inputTokens?: number;
  /** The part of inputTokens that was served from the provider's cache. */
  cachedInputTokens?: number;
  outputTokens?: number;
  audioSeconds?: number;
  pages?: number;
  images?: number;
  /** Fees of a channel, by the message. */
  messages?: number;
}

/** Passed to every call. An adapter must stop when `signal` aborts, and within `timeoutMs`, with PROVIDER_TIMEOUT. */
export interface CallOptions {
  signal: AbortSignal;
  timeoutMs: number;
}

export interface ProviderResult {
  /** The model that answered, for the record and the price. */
  model: string;
  usage: Usage;
  /** What the provider calls its answers, where it says: its invoice may list calls by these names. */
  requestIds?: string[];
}

interface Provider {
  /** Short stable name: `vertex`, `groq`, `openai`, `llamaparse`, `pdf_text`, `office_text`, `tesseract`, `local`. */
  readonly name: string;
  readonly model: string;
}

/** A provider that has more models than the configured one. */
interface WithModels<P> {
  /** The same provider with another of its models. Absent where there is only one. */
  withModel?(model: string): P;
}

export interface VisionProvider extends Provider, WithModels<VisionProvider> {
  /** It reads the letters in an image and cannot be asked anything: no description, no facts. */
  readonly readsWordsOnly?: true;
  describe(
    input: {
      image: Buffer;
      mimeType: string;
      prompt: string;
      maxOutputTokens: number;
      /** Asks for JSON of this form: an OpenAPI schema, its types in capitals. */
      responseSchema?: Record<string, unknown>;
    },
    options: CallOptions,
    // `isCut`: the answer ended at `maxOutputTokens`.
  ): Promise<ProviderResult & { text: string; isCut: boolean }>;
}

export interface SpeechSegment {
  startSeconds: number;
  endSeconds: number;
  text: string;
}

export interface SpeechProvider extends Provider, WithModels<SpeechProvider> {
  transcribe(
    input: { audio: Buffer; mimeType: string; fileName: string; language?: string },
    options: CallOptions,
  ): Promise<ProviderResult & { text: string; language: string | null; segments: SpeechSegment[] }>;
}

export interface DocumentPage {
  page: number;
  text: string;
}

export interface DocumentProvider extends Provider, WithModels<DocumentProvider> {
  /** Whole document to text. A page that could not be read is listed in `failedPages`. */
  parse(
    input: {
      file: Buffer;
      mimeType: string;
      fileName: string;
      /** Pages after these are not read, nor billed. */
      maxPages?: number;
    },
    options: CallOptions & {
      /** Called often while a job runs at the provider, so that a supervisor knows we are alive. */
      onProgress?: (detail: { jobId: string; status: string }) => void;
      /** A job started by an earlier attempt, to be resumed instead of paid for again. */
      resumeJobId?: string;
    },
  ): Promise<ProviderResult & { pages: DocumentPage[]; failedPages: number[] }>;
  /**
   * Starts a job whose end is told to `webhook`; `parse` with it as `resumeJobId` has the result then. Absent where a
   * document is read at once.
   */
  start?(
    input: Parameters<DocumentProvider['parse']>[0],
    options: CallOptions & { webhook: DocumentWebhook },
  ): Promise<{ jobId: string }>;
  /**
   * Of a job that nobody waits for any more. One that is over stays as it is. `billedPages` is what it comes to all the same;
   * null when the provider does not say.
   */
  cancel?(jobId: string, options: CallOptions): Promise<{ billedPages: number | null }>;
}

/** Where the end of a job is told, and the secret its webhook is signed with. */
export interface DocumentWebhook {
  url: string;
  signingSecret: string;
}

/** Whose vectors: only those of one model are ever compared. */
export interface EmbeddingModel {
  /** Name of the provider. */
  provider: string;
  /** As it is stored: width and precision belong to it (stored-model.ts). */
  model: string;
}

export interface EmbeddingProvider extends Provider {
  readonly dimensions: number;
  /** How its vectors are kept. Default: full. */
  readonly precision?: Precision;
  /** Made in this process: nobody is asked and nothing is billed. */
  readonly isOurs?: true;
  /** One vector per text, in order, each of `dimensions` numbers. */
  embed(
    input: { texts: string[]; task: 'document' | 'query' },
    options: CallOptions,
  ): Promise<ProviderResult & { vectors: number[][] }>;
}

export interface Reranker extends Provider {
  /** The `topN` texts that answer the query best, best first; `index` is the place in `documents`. */
  rerank(
    input: { query: string; documents: string[]; topN: number },
    options: CallOptions,
  ): Promise<ProviderResult & { results: { index: number; score: number }[] }>;
}

export interface ToolDefinition {
  name: string;
  description: string;
  /** JSON Schema of the arguments. */
  parameters: Record<string, unknown>;
}

export interface ToolCall {
  id: string;
  name: string;
  /** As the model wrote it: may not be JSON. */
  argumentsJson: string;
}

export type ChatMessage =
  | { role: 'user'; content: string }
  | { role: 'assistant'; content: string; toolCalls?: ToolCall[] }
  | { role: 'tool'; callId: string; content: string };

export interface LanguageModel extends Provider, WithModels<LanguageModel> {
  complete(
    input: {
      system: string;
      messages: ChatMessage[];
      tools?: ToolDefinition[];
      /** Asks for JSON of this schema. */
      responseSchema?: { name: string; schema: Record<string, unknown> };
      temperature?: number;
      maxOutputTokens: number;
    },
    options: CallOptions,
  ): Promise<
    ProviderResult & {
      text: string;
      toolCalls: ToolCall[];
      finishReason: 'stop' | 'length' | 'tool_calls' | 'content_filter';
    }
  >;
}

export type OutboundContent =
  | { type: 'text'; text: string; replyToExternalId?: string }
  | {
      type: 'image' | 'video' | 'voice' | 'document';
      mediaUrl?: string;
      data?: Buffer;
      mimeType: string;
      fileName?: string;
      caption?: string;
    };

/** One configured channel, with its secrets opened. */
export interface ChannelConnection {
  baseUrl: string;
  apiKey: string;
  /** The channel's own name for its account, for WAHA the session. */
  externalId: string;
}

/** In the details of a failed send: it may have arrived, because its answer was lost and not refused. */
export const SENT_ANYWAY = 'mayHaveBeenSent';

export interface ChannelAdapter {
  readonly name: string;
  /** An id for a message that is not sent yet, so that sending twice is seen as once. Null where the channel has none. */
  newMessageId(connection: ChannelConnection, chatId: string): string | null;
  /** @throws AppError CHANNEL_UNAVAILABLE (retry), CHANNEL_REJECTED (do not); SENT_ANYWAY says that it may have left */
  send(
    connection: ChannelConnection,
    message: { chatId: string; externalMessageId: string | null; content: OutboundContent },
    options: CallOptions,
  ): Promise<{ externalMessageId: string | null }>;
  /** Shows the customer that an answer is being written, until it comes. Absent where the channel cannot. */
  showTyping?(connection: ChannelConnection, chatId: string, options: CallOptions): Promise<void>;
}
