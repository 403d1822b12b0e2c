import { AppError, isAppError } from '../errors';

/**
 * What takes longer here than any honest file is the file's own fault: trying it again, hour after hour, would let one
 * file of a stranger keep a processor busy for a day.
 *
 * @throws AppError MEDIA_CORRUPT instead of TIMEOUT
 */
export async function refusingEndless<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isAppError(error, 'TIMEOUT')) throw error;
    throw new AppError('MEDIA_CORRUPT', `The file takes too long to read. ${error.message}`, { cause: error });
  }
}
