import { z } from 'zod';
import type { SpeechSegment, Usage } from './ports';
import { tokens, unsaid } from './reported-usage';

/** `json` and `verbose_json` of Groq, OpenAI and compatible servers in one: every part but the text may be absent. */
const transcriptionSchema = z.object({
  text: z.string(),
  language: z.string().nullish(),
  /** gpt-transcribe hears several. */
  languages: z.array(z.string()).nullish(),
  duration: z.coerce.number().min(0).nullish().catch(unsaid),
  segments: z.array(z.object({ start: z.number(), end: z.number(), text: z.string() })).nullish(),
  usage: z
    .union([
      z.object({ type: z.literal('duration'), seconds: z.number().min(0) }),
      z.object({ type: z.literal('tokens'), input_tokens: tokens, output_tokens: tokens }),
    ])
    .nullish()
    .catch(unsaid),
});

type Transcription = z.output<typeof transcriptionSchema>;

/** Whisper names languages in English; the newer models give codes. */
const CODES_BY_NAME: ReadonlyMap<string, string> = (() => {
  const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
  const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');
  const codes = letters.flatMap((first) => letters.map((second) => first + second));
  // Withdrawn codes (iw, ji, mo) would shadow the living ones of the same language.
  const living = codes.filter((code) => Intl.getCanonicalLocales(code)[0] === code);
  return new Map(living.map((code) => [names.of(code)?.toLowerCase() ?? code, code]));
})();

/** `Portuguese`, `pt-BR` or `pt` as `pt`; null for what is no language. */
export function languageCode(value: string | null | undefined): string | null {
  const text = (value ?? '').trim().toLowerCase();
  if (/^[a-z]{2}([-_]|$)/.test(text)) return text.slice(0, 2);
  return CODES_BY_NAME.get(text) ?? null;
}

function usageOf({ usage, duration }: Transcription): Usage {
  if (usage?.type === 'tokens') return { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens };
  const audioSeconds = usage?.seconds ?? duration;
  return audioSeconds === null || audioSeconds === undefined ? {} : { audioSeconds };
}

/** Only Whisper models give times, and only in this format. */
export function responseFormatOf(model: string): 'verbose_json' | 'json' {
  return model.includes('whisper') ? 'verbose_json' : 'json';
}

/** @throws ZodError when the reply is no transcription */
export function readTranscription(reply: unknown): {
  text: string;
  language: string | null;
  segments: SpeechSegment[];
  usage: Usage;
} {
  const transcription = transcriptionSchema.parse(reply);
  return {
    text: transcription.text.trim(),
    language: languageCode(transcription.language ?? transcription.languages?.[0]),
    segments: (transcription.segments ?? []).map(({ start, end, text }) => ({
      startSeconds: start,
      endSeconds: end,
      text: text.trim(),
    })),
    usage: usageOf(transcription),
  };
}
