import type { ConversationMessage, Handler } from '../../core/conversation/types';
import type { CarriedState, ConversationState, SessionClock } from './types';

/** Ids remembered to see a signal that comes twice. The database has the last word; this only saves work. */
const REMEMBERED_IDS = 500;
/** A conversation cannot wait for more unread media than this; older ones go to memory when their text comes. */
const MAX_UNREAD = 50;

/** What the conversation has received and not answered yet. State and rules only: no timers, no activities. */
export class Mailbox {
  handler: Handler;
  session: SessionClock | null;
  runningTurnId: string | null = null;
  turnsDone: number;
  /** Grows with every message, so that a waiting debounce sees that another one came. */
  arrivals = 0;

  private pending: ConversationMessage[];
  private unread: ConversationMessage[];
  private late: ConversationMessage[];
  private readonly settled = new Set<string>();
  private readonly seen = new Set<string>();

  constructor(carried?: CarriedState) {
    this.pending = carried?.pending ?? [];
    this.unread = carried?.unread ?? [];
    this.late = carried?.late ?? [];
    this.handler = carried?.handler ?? 'ai';
    this.session = carried?.session ?? null;
    this.turnsDone = carried?.turnsDone ?? 0;
    for (const id of carried?.settledMessageIds ?? []) this.settled.add(id);
    for (const { messageId } of [...this.pending, ...this.unread]) this.seen.add(messageId);
    if (this.pending.length > 0) this.arrivals++;
  }

  /** True if the message is new. */
  receive(message: ConversationMessage): boolean {
    if (this.seen.has(message.messageId)) return false;
    this.remember(message.messageId);
    this.pending.push(message);
    this.arrivals++;
    this.session = { sessionId: message.sessionId, timeoutMs: message.sessionTimeoutMs };
    return true;
  }

  /** A medium that was given up by its turn and has its text now asks for a turn of its own. */
  settle({ messageId, hasText }: { messageId: string; hasText: boolean }): void {
    if (this.pending.some((message) => message.messageId === messageId)) this.settled.add(messageId);
    const index = this.unread.findIndex((message) => message.messageId === messageId);
    const [message] = index < 0 ? [] : this.unread.splice(index, 1);
    if (message && hasText) this.late.push(message);
  }

  hasPending(): boolean {
    return this.pending.length > 0;
  }

  hasWork(): boolean {
    return this.pending.length > 0 || this.late.length > 0;
  }

  isWaitingForMedia(): boolean {
    return this.pending.some((message) => this.isUnread(message));
  }

  longestMediaWaitMs(): number {
    return Math.max(0, ...this.pending.map(({ mediaWaitMs }) => mediaWaitMs));
  }

  /** The debounce of the newest message: a setting changed in between counts at once. */
  debounceMs(): number {
    return this.pending[this.pending.length - 1]?.debounceMs ?? 0;
  }

  /** Takes everything that waits. Media without text move to `unread` and may come back later. */
  takePending(): ConversationMessage[] {
    const taken = this.pending;
    this.pending = [];
    this.unread = [...this.unread, ...taken.filter((message) => this.isUnread(message))].slice(-MAX_UNREAD);
    for (const { messageId } of taken) this.settled.delete(messageId);
    return taken;
  }

  takeLate(): ConversationMessage[] {
    const taken = this.late;
    this.late = [];
    return taken;
  }

  state(): ConversationState {
    return {
      pendingMessageIds: [...this.pending, ...this.late].map(({ messageId }) => messageId),
      unreadMessageIds: this.unread.map(({ messageId }) => messageId),
      runningTurnId: this.runningTurnId,
      session: this.session,
      handler: this.handler,
      turnsDone: this.turnsDone,
    };
  }

  carry(): CarriedState {
    return {
      pending: this.pending,
      unread: this.unread,
      late: this.late,
      settledMessageIds: [...this.settled],
      handler: this.handler,
      session: this.session,
      turnsDone: this.turnsDone,
    };
  }

  private isUnread({ enrichmentId, messageId }: ConversationMessage): boolean {
    return enrichmentId !== null && !this.settled.has(messageId);
  }

  private remember(messageId: string): void {
    this.seen.add(messageId);
    if (this.seen.size <= REMEMBERED_IDS) return;
    const [oldest] = this.seen;
    if (oldest !== undefined) this.seen.delete(oldest);
  }
}
