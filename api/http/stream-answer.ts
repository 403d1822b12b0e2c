import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/** Answers with a document that is made piece by piece. Before the first byte leaves, a failure is still an answer. */
export async function streamAnswer(
  response: Response,
  pieces: AsyncGenerator<string, void>,
  { type, fileName }: { type: string; fileName: string },
): Promise<void> {
  const first = await pieces.next();
  response.status(200).type(type).attachment(fileName);
  await pipeline(restOf(first, pieces), response);
}

async function* restOf(first: IteratorResult<string, void>, pieces: AsyncGenerator<string, void>) {
  if (!first.done) yield first.value;
  yield* pieces;
}
