import { setImmediate as immediate } from 'node:timers/promises';
import { AppError, errorMessage, isAppError } from '../errors';
import type { GuardedFetch } from './guarded-fetch';

export interface DownloadRequest {
  url: string;
  /** Sent to the first origin only, such as the key of the gateway that holds the file. */
  headers?: Record<string, string>;
  maxBytes: number;
  /** For the whole download, redirects included. */
  timeoutMs: number;
  signal: AbortSignal;
}

export interface DownloadedMedia {
  bytes: Buffer;
  /** The Content-Type as sent, null when there was none. A claim, not a fact: see identifyMedia. */
  declaredMimeType: string | null;
}

/** Room for a file whose size was not told; doubled when it is used up. */
const FIRST_BYTES = 64 * 1024;
/** A fast sender fills the stream as fast as it is read, and nobody else's turn would come. */
const PAUSE_EVERY_BYTES = 256 * 1024;

type FetchResponse = Awaited<ReturnType<GuardedFetch>>;

/**
 * Downloads one file from an address that a stranger gave.
 *
 * @throws AppError URL_FORBIDDEN, MEDIA_GONE (404, 410), PROVIDER_REJECTED (401, 403 and other 4xx), MEDIA_UNREACHABLE
 * (5xx, 408, 425, 429, network, time), MEDIA_TOO_LARGE, MEDIA_EMPTY; when `signal` aborts, its reason
 */
export async function downloadMedia(request: DownloadRequest, guardedFetch: GuardedFetch): Promise<DownloadedMedia> {
  const deadline = AbortSignal.timeout(request.timeoutMs);
  try {
    const response = await guardedFetch(request.url, {
      // A compressed answer would make Content-Length meaningless as a limit.
      headers: { ...request.headers, 'accept-encoding': 'identity' },
      signal: AbortSignal.any([request.signal, deadline]),
    });
    await refuseByStatus(response);
    const bytes = await readWithin(response, request.maxBytes);
    if (bytes.length === 0)
      throw new AppError('MEDIA_EMPTY', 'The download has no bytes. Ask the sender to send it again.');
    return { bytes, declaredMimeType: response.headers.get('content-type') };
  } catch (error) {
    request.signal.throwIfAborted();
    if (isAppError(error)) throw error;
    const reason = deadline.aborted ? `it took longer than ${request.timeoutMs} ms` : networkReason(error);
    throw new AppError('MEDIA_UNREACHABLE', `The media could not be downloaded: ${reason}.`, { cause: error });
  }
}

/** undici says "fetch failed" or "terminated" and keeps what happened in the cause. */
function networkReason(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : errorMessage(error);
}

async function refuseByStatus(response: FetchResponse): Promise<void> {
  const { status } = response;
  if (status >= 200 && status < 300) return;
  await response.body?.cancel();
  const details = { status };
  if (status === 404 || status === 410) {
    throw new AppError('MEDIA_GONE', `The server answered ${status}: the file is no longer there.`, { details });
  }
  if (status >= 500 || status === 408 || status === 425 || status === 429) {
    const retryAfterSeconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    throw new AppError('MEDIA_UNREACHABLE', `The server answered ${status}.`, {
      details,
      retryAfterMs: Number.isFinite(retryAfterSeconds) ? retryAfterSeconds * 1000 : undefined,
    });
  }
  const advice = status === 401 || status === 403 ? ' Check the key of the channel, or whether the link expired.' : '';
  throw new AppError('PROVIDER_REJECTED', `The server of the media answered ${status}.${advice}`, { details });
}

async function readWithin(response: FetchResponse, maxBytes: number): Promise<Buffer> {
  const declaredBytes = Number(response.headers.get('content-length') ?? 0);
  if (declaredBytes > maxBytes) {
    await response.body?.cancel();
    throw tooLarge(maxBytes);
  }
  // Filled as it comes: joining tens of megabytes at the end would keep everything else in this process waiting.
  let bytes = Buffer.allocUnsafe(declaredBytes || FIRST_BYTES);
  let sizeBytes = 0;
  let pausedAtBytes = 0;
  // Counted after decompression, because a server may compress although it was asked not to. Leaving the loop by a
  // throw cancels the stream and closes the connection.
  for await (const chunk of response.body ?? []) {
    const end = sizeBytes + chunk.byteLength;
    if (end > maxBytes) throw tooLarge(maxBytes);
    if (end > bytes.length) bytes = Buffer.concat([bytes.subarray(0, sizeBytes)], Math.max(end, 2 * bytes.length));
    bytes.set(chunk, sizeBytes);
    sizeBytes = end;
    if (sizeBytes - pausedAtBytes < PAUSE_EVERY_BYTES) continue;
    pausedAtBytes = sizeBytes;
    await immediate();
  }
  return bytes.subarray(0, sizeBytes);
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('MEDIA_TOO_LARGE', `The file is over the limit of ${maxBytes} bytes.`, { details: { maxBytes } });
}
