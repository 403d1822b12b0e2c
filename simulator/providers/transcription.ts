import { randomUUID } from 'node:crypto';
import { audioDurationSeconds } from '../audio-duration';
import { derivedSpeechText, type ScriptBook } from '../script';
import type { Answer, Call } from '../types';
import { failure } from './shared';

const LANGUAGE_NAMES: Record<string, string> = {
  pt: 'portuguese',
  en: 'english',
  es: 'spanish',
  fr: 'french',
  de: 'german',
  it: 'italian',
};
const EXTENSIONS = /\.(flac|mp3|mp4|mpeg|mpga|m4a|ogg|opus|wav|webm)$/i;
/** OpenAI's limit; Groq's is that of its developer tier. */
const MAX_BYTES = { openai: 25 * 1024 * 1024, groq: 100 * 1024 * 1024 };

/** `POST audio/transcriptions` as OpenAI and Groq answer it, `json`, `text` and `verbose_json`. */
export function transcription(call: Call, script: ScriptBook): Answer {
  const provider = call.provider === 'groq' ? 'groq' : 'openai';
  const model = call.fields.model?.[0] ?? '';
  const format = call.fields.response_format?.[0] ?? 'json';
  const file = call.files.find((candidate) => candidate.field === 'file');
  if (!model) return failure(provider, 400, 'you must provide a model parameter');
  if (!file) return failure(provider, 400, 'file is a required property');
  if (!EXTENSIONS.test(file.fileName)) {
    return failure(provider, 400, `Unrecognized file format: ${file.fileName}`, 'invalid_request_error');
  }
  if (file.sizeBytes > MAX_BYTES[provider])
    return failure(provider, 413, 'Request Entity Too Large', 'request_too_large');
  if (file.sizeBytes === 0) return failure(provider, 400, 'The audio file is empty.', 'invalid_request_error');
  const isWhisper = model.startsWith('whisper');
  if (!['json', 'text', 'verbose_json'].includes(format) || (format === 'verbose_json' && !isWhisper)) {
    return failure(
      provider,
      400,
      `response_format '${format}' is not compatible with model '${model}'.`,
      'unsupported_value',
    );
  }

  const scripted = script.speech(file);
  const isWithheld = call.outcome !== 'normal';
  const text = isWithheld ? '' : (scripted?.text ?? derivedSpeechText(file.sha256));
  const language = scripted?.language ?? call.fields.language?.[0] ?? 'pt';
  const measuredSeconds = scripted?.durationSeconds ?? audioDurationSeconds(file.bytes);
  // gpt-transcribe bills whole seconds and reports them.
  const audioSeconds = isWhisper ? measuredSeconds : Math.ceil(measuredSeconds);
  const requestId = `req_${randomUUID().replaceAll('-', '')}`;
  const extra = provider === 'groq' ? { x_groq: { id: requestId } } : {};
  const answer = {
    status: 200,
    headers: { 'x-request-id': requestId },
    operation: 'speech',
    billed: { model, requestId, audioSeconds },
  } as const;
  if (format === 'text') return { ...answer, body: `${text}\n` };
  if (format === 'json') {
    const usage = provider === 'openai' ? { usage: { type: 'duration', seconds: Math.ceil(measuredSeconds) } } : {};
    return { ...answer, body: { text, ...(isWhisper ? {} : { languages: [language] }), ...usage, ...extra } };
  }
  const granularities = call.fields['timestamp_granularities[]'] ?? ['segment'];
  return {
    ...answer,
    body: {
      task: 'transcribe',
      language: LANGUAGE_NAMES[language] ?? language,
      duration: measuredSeconds,
      text,
      ...(granularities.includes('segment') ? { segments: segmentsOf(text, measuredSeconds) } : {}),
      ...(granularities.includes('word')
        ? {
            words: spread(text.split(/\s+/).filter(Boolean), measuredSeconds).map(({ text: word, ...times }) => ({
              word,
              ...times,
            })),
          }
        : {}),
      ...extra,
    },
  };
}

/** One segment per sentence, with times in proportion to their length. */
function segmentsOf(text: string, seconds: number) {
  const sentences = text.split(/(?<=[.!?])\s+/).filter(Boolean);
  return spread(sentences, seconds).map(({ text: sentence, start, end }, id) => ({
    id,
    seek: 0,
    start,
    end,
    text: ` ${sentence}`,
    tokens: [],
    temperature: 0,
    avg_logprob: -0.15,
    compression_ratio: 1.2,
    no_speech_prob: 0.01,
  }));
}

function spread(parts: string[], seconds: number): { text: string; start: number; end: number }[] {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  let passed = 0;
  const at = () => Math.round((passed / total) * seconds * 100) / 100;
  return parts.map((text) => {
    const start = at();
    passed += text.length;
    return { text, start, end: at() };
  });
}
