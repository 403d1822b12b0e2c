import { Tokenizer } from '@huggingface/tokenizers';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';

/** Of a longer message the beginning and the end are read: scripts/intents/word_pieces.py cuts in the same places. */
const MAX_PIECES = 32;
const HEAD_PIECES = 20;
/** Between the piece that begins a message and the one that ends it. */
const ROOM = MAX_PIECES - 2;
/** Until the runtime has compiled what runs most, a message takes two to ten times as long: it is run, and compiled in the pause. */
const WARM_UP_RUNS = 20;
const WARM_UP_PIECES = 8;
const WARM_UP_PAUSE_MS = 500;

export interface Encoder {
  /** In the order of the trainer's intents. */
  logits(text: string): Promise<number[]>;
}

/**
 * The fine-tuned encoder, on one core and without native code. Loading and warming up take two seconds, a word piece of a
 * message half a millisecond: seventeen for the longest, however long it is; messages take turns.
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

  async function warmUp(): Promise<void> {
    for (let at = 0; at < WARM_UP_RUNS; at++) await run(Array.from({ length: WARM_UP_PIECES }, () => begin));
  }

  await warmUp();
  await setTimeout(WARM_UP_PAUSE_MS);
  await warmUp();

  return {
    logits(text) {
      const pieces = piecesOf(tokenizer, text);
      const made = last.then(() => run([begin, ...pieces, end]));
      last = made.catch(() => undefined);
      return made;
    },
  };
}

/** A word is at least one piece, and its pieces do not depend on its neighbours: no more words are cut up than can be read. */
function piecesOf(tokenizer: Tokenizer, text: string): number[] {
  const encode = (part: string) => tokenizer.encode(part, { add_special_tokens: false }).ids;
  const words = text.split(/\s+/);
  if (words.length <= ROOM) {
    const ids = encode(text);
    return ids.length > ROOM ? [...ids.slice(0, HEAD_PIECES), ...ids.slice(HEAD_PIECES - ROOM)] : ids;
  }
  const head = encode(words.slice(0, HEAD_PIECES).join(' '));
  const tail = encode(words.slice(HEAD_PIECES - ROOM).join(' '));
  return [...head.slice(0, HEAD_PIECES), ...tail.slice(HEAD_PIECES - ROOM)];
}

function pieceId(tokenizer: Tokenizer, piece: string): number {
  const id = tokenizer.token_to_id(piece);
  if (id === undefined) throw new Error(`the word pieces have no ${piece}`);
  return id;
}
