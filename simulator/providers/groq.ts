import type { ScriptBook } from '../script';
import type { ProviderHandler } from '../types';
import { chatCompletion } from './chat-completions';
import { failure, bearerFailure, notFound } from './shared';
import { transcription } from './transcription';

const MODELS = ['whisper-large-v3-turbo', 'whisper-large-v3', 'llama-3.3-70b-versatile', 'openai/gpt-oss-120b'];

/** Groq: transcription, chat and the list of models, under /openai/v1. */
export function groqHandler(script: ScriptBook, apiKey: string | undefined): ProviderHandler {
  return (call) => {
    const refused = bearerFailure(call, apiKey);
    if (refused) return refused;
    switch (`${call.method} ${call.path}`) {
      case 'POST /openai/v1/audio/transcriptions':
        return transcription(call, script);
      case 'POST /openai/v1/chat/completions':
        return chatCompletion(call, script);
      case 'GET /openai/v1/models':
        return { status: 200, body: { object: 'list', data: MODELS.map(modelRow) } };
    }
    const model = call.method === 'GET' ? call.path.match(/^\/openai\/v1\/models\/(.+)$/)?.[1] : undefined;
    if (model === undefined) return notFound(call);
    if (MODELS.includes(model)) return { status: 200, body: modelRow(model) };
    return failure(
      'groq',
      404,
      `The model \`${model}\` does not exist or you do not have access to it.`,
      'model_not_found',
    );
  };
}

const modelRow = (id: string) => ({
  id,
  object: 'model',
  created: 1_700_000_000,
  owned_by: 'Groq',
  active: true,
  context_window: 131_072,
});
