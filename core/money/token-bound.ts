/** What a chat template or a tokenizer puts round one text: roles, separators, start and end marks. */
const TOKENS_AROUND_A_TEXT = 16;

/**
 * At least as many tokens as any tokenizer makes of the text. A token stands for one byte of UTF-8 or more in every
 * byte-level BPE (OpenAI, Llama) and in SentencePiece with byte fallback (Gemini); characters are no bound, because one
 * emoji can be several tokens.
 */
export function tokenUpperBound(text: string): number {
  return Buffer.byteLength(text) + TOKENS_AROUND_A_TEXT;
}
