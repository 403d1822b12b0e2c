import { Prisma } from '../database';
import { AppError } from '../errors';

/** Prisma's code for a unique constraint that said no. */
const UNIQUE_VIOLATION = 'P2002';

/**
 * Runs a write and turns the refusal of a unique index into ALREADY_EXISTS. The transaction is lost either way.
 *
 * @throws AppError ALREADY_EXISTS with `message`
 */
export async function refuseDuplicates<T>(message: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === UNIQUE_VIOLATION) {
      throw new AppError('ALREADY_EXISTS', message, { cause: error });
    }
    throw error;
  }
}
