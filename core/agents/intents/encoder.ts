import { Tokenizer } from '@huggingface/tokenizers';
import { readFileSync } from 'node:fs';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';

/** Of a longer message the beginning and the end are read: scripts/intents/word_pieces.py cuts in the same places. */
const MAX_PIECES = 40;
const HEAD_PIECES = 24;

export interface Encoder {
  /** In the order of the trainer's intents. */
  logits(text: string): Promise<number[]>;
}

/**
 * The fine-tuned encoder, on one core and without native code. Loading takes about half a second, a message of twenty word
 * pieces about ten milliseconds; messages take turns.
 */
export async function readEncoder(files: { model: string; wordPieces: string }): Promise<Encoder> {
  env.wasm.numThreads = 1;
  env.logLevel = 'error';
  const tokenizer = new Tokenizer(JSON.parse(readFileSync(files.wordPieces, 'utf8')) as object, {});
  const session = await InferenceSession.create(readFileSync(files.model), { executionProviders: ['wasm'] });
  const begin = pieceId(tokenizer, '<s>');
  const end = pieceId(tokenizer, '</s>');
  // The session runs one message at a time. Whoever asked hears of a failure; it does not stop the next.
  let last: Promise<unknown> = Promise.resolve();

  async function run(ids: number[]): Promise<number[]> {
    const tensor = new Tensor('int64', BigInt64Array.from(ids, BigInt), [ids.length]);
    const { logits } = await session.run({ ids: tensor });
    return Array.from(logits?.data as Float32Array);
  }

  return {
    logits(text) {
      const pieces = cut(tokenizer.encode(text, { add_special_tokens: false }).ids);
      const made = last.then(() => run([begin, ...pieces, end]));
      last = made.catch(() => undefined);
      return made;
    },
  };
}

function cut(ids: number[]): number[] {
  const room = MAX_PIECES - 2;
  return ids.length > room ? [...ids.slice(0, HEAD_PIECES), ...ids.slice(HEAD_PIECES - room)] : ids;
}

function pieceId(tokenizer: Tokenizer, piece: string): number {
  const id = tokenizer.token_to_id(piece);
  if (id === undefined) throw new Error(`the word pieces have no ${piece}`);
  return id;
}
