import { z } from 'zod';
import { audioUpload } from '../audio-file';
import { callProvider } from '../call';
import type { SpeechProvider } from '../ports';
import { languageCode, readTranscription, responseFormatOf } from '../transcription';

export interface GroqSettings {
  apiKey: string;
  /** Without `/openai/v1`: the SDK appends it. */
  baseUrl?: string | undefined;
}

export const GROQ = 'groq';

/** Groq names its answers in the body. */
const answerSchema = z.object({ x_groq: z.object({ id: z.string().nullish() }).nullish() });

/** The client, made on first use. `maxRetries: 0` because Temporal retries. */
export function createGroqClient({ apiKey, baseUrl }: GroqSettings) {
  const load = async () => {
    const { default: Groq, toFile } = await import('groq-sdk');
    return { client: new Groq({ apiKey, baseURL: baseUrl, maxRetries: 0, logLevel: 'off' }), toFile };
  };
  let loaded: ReturnType<typeof load> | undefined;
  return () => (loaded ??= load());
}

export type GroqClient = ReturnType<typeof createGroqClient>;

/** Speech to text by Whisper on Groq. `transcribe` throws PROVIDER_REJECTED for a format it cannot read. */
export function createGroqSpeech({ client, model }: { client: GroqClient; model: string }): SpeechProvider {
  return {
    name: GROQ,
    model,
    withModel: (other) => createGroqSpeech({ client, model: other }),
    async transcribe({ audio, mimeType, language }, options) {
      const { fileName, type } = audioUpload(audio, mimeType);
      return callProvider(GROQ, options, async (signal) => {
        const { client: groq, toFile } = await client();
        const hint = languageCode(language);
        const reply = await groq.audio.transcriptions.create(
          {
            file: await toFile(audio, fileName, { type }),
            model,
            // Groq's types know only json; verbose_json is documented and brings the duration that is billed.
            response_format: responseFormatOf(model),
            ...(hint ? { language: hint } : {}),
          },
          { signal, timeout: options.timeoutMs },
        );
        const { id } = answerSchema.parse(reply).x_groq ?? {};
        return { ...readTranscription(reply), model, requestIds: id ? [id] : [] };
      });
    },
  };
}
