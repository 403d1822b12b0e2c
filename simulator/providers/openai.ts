import { randomUUID } from 'node:crypto';
import { isRecord, textOf } from '../http';
import type { ScriptBook } from '../script';
import type { Answer, Call, ProviderHandler } from '../types';
import { wordVector } from '../word-vectors';
import { chatCompletion } from './chat-completions';
import { bearerFailure, failure, notFound, tokensIn } from './shared';
import { transcription } from './transcription';

const MODELS: Record<string, string | null> = {
  'gpt-6-luna': null,
  'gpt-6.1-terra': null,
  'gpt-6.1-sol': null,
  'gpt-transcribe': null,
  'text-embedding-3-small': null,
  'text-embedding-3-large': null,
  'whisper-1': '2027-02-26',
};
const DEFAULT_DIMENSIONS: Record<string, number> = { 'text-embedding-3-large': 3072 };
const MAX_EMBEDDING_INPUTS = 2048;

/** OpenAI: transcription, chat completions, embeddings and the list of models, under /v1. */
export function openaiHandler(script: ScriptBook, apiKey: string | undefined): ProviderHandler {
  return (call) => {
    const refused = bearerFailure(call, apiKey);
    if (refused) return refused;
    switch (`${call.method} ${call.path}`) {
      case 'POST /v1/audio/transcriptions':
        return transcription(call, script);
      case 'POST /v1/chat/completions':
        return chatCompletion(call, script);
      case 'POST /v1/embeddings':
        return embeddings(call);
      case 'GET /v1/models':
        return { status: 200, body: { object: 'list', data: Object.keys(MODELS).map(modelRow) } };
    }
    const model = call.method === 'GET' ? call.path.match(/^\/v1\/models\/(.+)$/)?.[1] : undefined;
    if (model === undefined) return notFound(call);
    if (model in MODELS) return { status: 200, body: modelRow(model) };
    return failure('openai', 404, `The model '${model}' does not exist`, 'model_not_found');
  };
}

const modelRow = (id: string) => ({
  id,
  object: 'model',
  created: 1_760_000_000,
  owned_by: 'openai',
  shutdown_date: MODELS[id] ?? null,
});

function embeddings(call: Call): Answer {
  const body = isRecord(call.body) ? call.body : {};
  const model = textOf(body.model);
  const texts = (Array.isArray(body.input) ? body.input : [body.input]).map(textOf);
  if (!model) return failure('openai', 400, 'you must provide a model parameter');
  if (texts.length === 0 || texts.length > MAX_EMBEDDING_INPUTS || texts.some((text) => text === '')) {
    return failure('openai', 400, "'$.input' is invalid.");
  }
  const dimensions = Number(body.dimensions ?? DEFAULT_DIMENSIONS[model] ?? 1536);
  const inputTokens = texts.reduce((sum, text) => sum + tokensIn(text), 0);
  const isBase64 = body.encoding_format === 'base64';
  const requestId = `req_${randomUUID().replaceAll('-', '')}`;
  return {
    status: 200,
    headers: { 'x-request-id': requestId },
    operation: 'embeddings',
    billed: { model, requestId, inputTokens },
    body: {
      object: 'list',
      model,
      data: texts.map((text, index) => {
        const vector = wordVector(text, dimensions);
        return { object: 'embedding', index, embedding: isBase64 ? toBase64(vector) : vector };
      }),
      usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
    },
  };
}

/** float32, little endian: the byte order of every platform Node runs on. */
const toBase64 = (vector: number[]): string => Buffer.from(Float32Array.from(vector).buffer).toString('base64');
