import { z } from 'zod';
import { AppError, isAppError } from '../../errors';
import { withDeadline } from '../deadline';
import type { CallOptions, ChannelConnection } from '../ports';
import { refusalError, transportError } from './failures';

/** The part of `fetch` that reading a history needs. */
export type HistoryFetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; signal: AbortSignal; redirect: 'manual' },
) => Promise<{ ok: boolean; status: number; headers: { get(name: string): string | null }; text(): Promise<string> }>;

export interface WahaHistory {
  /** Ids of chats, the ones with the newest messages first. */
  chats(
    connection: ChannelConnection,
    page: { limit: number; offset: number },
    options: CallOptions,
  ): Promise<string[]>;
  /** Messages of a chat as WAHA gives them, newest first. */
  messages(
    connection: ChannelConnection,
    page: { chatId: string; limit: number; offset: number; since: Date | null },
    options: CallOptions,
  ): Promise<unknown[]>;
}

const chatsSchema = z.array(
  z.looseObject({ id: z.union([z.string().min(1), z.looseObject({ _serialized: z.string().min(1) })]) }),
);

/**
 * Reads the chats and messages a WAHA server has.
 *
 * Errors are CHANNEL_UNAVAILABLE (worth another try) and CHANNEL_REJECTED; neither holds what WAHA answered.
 */
export function createWahaHistory({ fetch }: { fetch: HistoryFetch }): WahaHistory {
  const get = (connection: ChannelConnection, path: string, query: Record<string, string>, options: CallOptions) =>
    withDeadline(options, {
      onTimeout: () =>
        new AppError('CHANNEL_UNAVAILABLE', `waha did not answer within ${options.timeoutMs} ms`, {
          details: { channel: 'waha' },
        }),
      call: async (signal): Promise<unknown> => {
        const url = `${connection.baseUrl.replace(/\/+$/, '')}${path}?${new URLSearchParams(query).toString()}`;
        try {
          const response = await fetch(url, {
            method: 'GET',
            headers: { accept: 'application/json', 'x-api-key': connection.apiKey },
            signal,
            redirect: 'manual',
          });
          const body = await response.text();
          if (response.ok) return readJson(body);
          throw refusalError({ status: response.status, body, retryAfter: response.headers.get('retry-after') });
        } catch (error) {
          if (signal.aborted) throw signal.reason;
          throw isAppError(error) ? error : transportError(error);
        }
      },
    });

  return {
    async chats(connection, { limit, offset }, options) {
      const session = encodeURIComponent(connection.externalId);
      const query = {
        limit: String(limit),
        offset: String(offset),
        sortBy: 'conversationTimestamp',
        sortOrder: 'desc',
      };
      const parsed = chatsSchema.safeParse(await get(connection, `/api/${session}/chats`, query, options));
      if (!parsed.success) throw unreadable();
      return parsed.data.map(({ id }) => (typeof id === 'string' ? id : id._serialized));
    },
    async messages(connection, { chatId, limit, offset, since }, options) {
      const path = `/api/${encodeURIComponent(connection.externalId)}/chats/${encodeURIComponent(chatId)}/messages`;
      const query = {
        limit: String(limit),
        offset: String(offset),
        downloadMedia: 'false',
        ...(since === null ? {} : { 'filter.timestamp.gte': String(Math.floor(since.getTime() / 1000)) }),
      };
      const answer = await get(connection, path, query, options);
      if (!Array.isArray(answer)) throw unreadable();
      return answer as unknown[];
    },
  };
}

function unreadable(): AppError {
  // What stands before a WAHA that restarts answers with a page of its own, and with 200.
  return new AppError('CHANNEL_UNAVAILABLE', 'waha answered in a form that is not its own', {
    details: { channel: 'waha' },
  });
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) throw unreadable();
    throw error;
  }
}
