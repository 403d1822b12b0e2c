import { audioUpload } from '../audio-file';
import { callProvider } from '../call';
import type { SpeechProvider } from '../ports';
import { languageCode, readTranscription, responseFormatOf } from '../transcription';
import { OPENAI, requestIdsOf, type OpenAiClient } from './client';

/**
 * Speech to text by OpenAI or a compatible server. Models other than Whisper give no segments. `transcribe` throws
 * PROVIDER_REJECTED for a format it cannot read.
 */
export function createOpenAiSpeech({ client, model }: { client: OpenAiClient; model: string }): SpeechProvider {
  return {
    name: OPENAI,
    model,
    withModel: (other) => createOpenAiSpeech({ client, model: other }),
    async transcribe({ audio, mimeType, language }, options) {
      const { fileName, type } = audioUpload(audio, mimeType);
      return callProvider(OPENAI, options, async (signal) => {
        const { client: openai, toFile } = await client();
        const hint = languageCode(language);
        const reply = await openai.audio.transcriptions.create(
          {
            file: await toFile(audio, fileName, { type }),
            model,
            response_format: responseFormatOf(model),
            ...(hint ? { language: hint } : {}),
          },
          { signal, timeout: options.timeoutMs },
        );
        return { ...readTranscription(reply), model, requestIds: requestIdsOf(reply) };
      });
    },
  };
}
