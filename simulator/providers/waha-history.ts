import type { Answer, Call } from '../types';
import { messagePayload, type WahaMessage } from './waha-messages';

const PATH = /^\/api\/([^/]+)\/chats(?:\/([^/]+)\/messages)?$/;
/** WAHA's own defaults. */
const DEFAULT_LIMIT = 100;

/** The chats and messages a phone has, as WAHA lists them: chats with the newest message first, messages newest first. */
export class WahaHistory {
  private readonly sessions = new Map<string, Map<string, WahaMessage[]>>();

  add(session: string, message: WahaMessage): void {
    const chats = this.sessions.get(session) ?? new Map<string, WahaMessage[]>();
    this.sessions.set(session, chats);
    const messages = chats.get(message.chatId) ?? [];
    chats.set(message.chatId, messages);
    if (!messages.some(({ id }) => id === message.id)) messages.push(message);
  }

  clear(): void {
    this.sessions.clear();
  }

  /** Undefined when the request is about something else. */
  answer(call: Call): Answer | undefined {
    const match = call.method === 'GET' ? PATH.exec(call.path) : null;
    if (!match) return undefined;
    const [, session = '', chatId] = match as (string | undefined)[];
    const chats = this.sessions.get(session) ?? new Map<string, WahaMessage[]>();
    const limit = Number(call.query.get('limit') ?? DEFAULT_LIMIT);
    const offset = Number(call.query.get('offset') ?? 0);
    const page = <T>(items: T[]) => items.slice(offset, offset + limit);
    if (chatId === undefined) {
      const newestFirst = [...chats].toSorted(([, a], [, b]) => newest(b) - newest(a));
      return { status: 200, body: page(newestFirst).map(([id]) => ({ id, name: null, conversationTimestamp: null })) };
    }
    const since = Number(call.query.get('filter.timestamp.gte') ?? 0);
    const messages = (chats.get(chatId) ?? [])
      .filter(({ timestampSeconds }) => timestampSeconds >= since)
      .toSorted((a, b) => b.timestampSeconds - a.timestampSeconds);
    // History has no `_data` (domain reference, section 2) and downloads no files unless it is asked to.
    const shown = page(messages).map((message) => {
      const { _data: _engine, media, ...payload } = messagePayload(message);
      return { ...payload, media: media === null ? null : { ...message.media, url: null } };
    });
    return { status: 200, body: shown };
  }
}

const newest = (messages: WahaMessage[]) => Math.max(...messages.map(({ timestampSeconds }) => timestampSeconds));
