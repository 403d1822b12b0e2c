import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { AppError, isAppError } from '../../errors';
import { withDeadline } from '../deadline';
import { SENT_ANYWAY, type CallOptions, type ChannelAdapter, type ChannelConnection } from '../ports';
import { refusalError, transportError } from './failures';
import { sendRequest, type WahaRequest } from './requests';

/** The part of `fetch` that sending needs, so that a guarded one fits. */
export type ChannelFetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body: string; signal: AbortSignal; redirect: 'manual' },
) => Promise<{ ok: boolean; status: number; headers: { get(name: string): string | null }; text(): Promise<string> }>;

/** The engines answer with the id as a string or as the library's own object. */
const replySchema = z.object({
  id: z.union([z.string(), z.object({ _serialized: z.string() })]).nullish(),
  key: z.object({ id: z.string() }).nullish(),
});

/** WhatsApp Web's own ids are 3EB0 and random hex. 32 characters, so that two never meet. */
const ID_PREFIX = '3EB0';
const ID_RANDOM_BYTES = 14;

function messageIdIn(answer: string): string | null {
  let json: unknown;
  try {
    json = JSON.parse(answer);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const reply = replySchema.safeParse(json);
  if (!reply.success) return null;
  const { id, key } = reply.data;
  return (typeof id === 'string' ? id : id?._serialized) ?? key?.id ?? null;
}

function timedOut(timeoutMs: number): AppError {
  return new AppError('CHANNEL_UNAVAILABLE', `waha did not answer within ${timeoutMs} ms`, {
    details: { channel: 'waha', [SENT_ANYWAY]: true },
  });
}

/**
 * Sends through a WAHA server (WhatsApp HTTP API). Neither errors nor their causes hold what WAHA answered, because it
 * repeats the request in them.
 *
 * @param fetch one that refuses private addresses, where tenants choose the base URL
 */
export function createWahaChannel({ fetch }: { fetch: ChannelFetch }): ChannelAdapter {
  const post = async (
    connection: ChannelConnection,
    { path, body }: WahaRequest,
    signal: AbortSignal,
  ): Promise<string> => {
    try {
      const response = await fetch(`${connection.baseUrl.replace(/\/+$/, '')}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', 'x-api-key': connection.apiKey },
        body: JSON.stringify(body),
        signal,
        // A redirect would carry the API key to another host.
        redirect: 'manual',
      });
      const answer = await response.text();
      if (response.ok) return answer;
      throw refusalError({ status: response.status, body: answer, retryAfter: response.headers.get('retry-after') });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw isAppError(error) ? error : transportError(error);
    }
  };

  return {
    name: 'waha',
    newMessageId(_connection, chatId) {
      return `true_${chatId}_${ID_PREFIX}${randomBytes(ID_RANDOM_BYTES).toString('hex').toUpperCase()}`;
    },
    async showTyping(connection, chatId, options) {
      await withDeadline(options, {
        onTimeout: () => timedOut(options.timeoutMs),
        call: (signal) =>
          post(connection, { path: '/api/startTyping', body: { session: connection.externalId, chatId } }, signal),
      });
    },
    async send(connection, { chatId, externalMessageId, content }, options: CallOptions) {
      const { path, body } = sendRequest(content, externalMessageId);
      const request = { path, body: { session: connection.externalId, chatId, ...body } };
      const answer = await withDeadline(options, {
        onTimeout: () => timedOut(options.timeoutMs),
        call: (signal) => post(connection, request, signal),
      });
      // A success that cannot be read is still a success: repeating it would send twice.
      return { externalMessageId: messageIdIn(answer) ?? (content.type === 'text' ? externalMessageId : null) };
    },
  };
}
