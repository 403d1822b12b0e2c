import { buffer } from 'node:stream/consumers';
import { isAppError } from '../../errors';
import { CHILD_REFUSED_STATUS } from './run';

/**
 * The body of every child script: stdin to stdout through `work`. An AppError becomes one line on stderr; anything else
 * crashes the child, which the parent reports as a file that cannot be read.
 */
export async function answerParent(work: (input: Buffer) => Promise<Buffer>): Promise<void> {
  try {
    const output = await work(await buffer(process.stdin));
    process.stdout.end(output);
  } catch (error) {
    if (!isAppError(error)) throw error;
    process.exitCode = CHILD_REFUSED_STATUS;
    process.stderr.end(`${JSON.stringify({ code: error.code, message: error.message })}\n`);
  }
}
