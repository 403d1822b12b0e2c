import type { ConversationMessage, Handler } from '../../core/conversation/types';
import type { CarriedState, ConversationState, HandedBack, SessionClock } from './types';

/** Ids remembered to see a signal that comes twice. The database has the last word; this only saves work. */
const REMEMBERED_IDS = 500;
/**
 * A turn answers no more than this: whoever writes without a pause is answered in parts. It keeps the run's history far
 * below the server's limit, because a run continues as new only between turns, and the ids of a turn below 8 kB.
 */
export const MAX_TURN_MESSAGES = 200;
/** A conversation cannot wait for more unread media than this; older ones go to memory when their text comes. */
const MAX_UNREAD = 50;

/** What the conversation has received and not answered yet. State and rules only: no timers, no activities. */
export class Mailbox {
  handler: Handler;
  runningTurnId: string | null = null;
  turnsDone: number;
  /** How often in a row a turn was interrupted. */
  interruptions = 0;
  /** Grows with every message of the next turn, so that a waiting debounce sees that another one came. */
  arrivals = 0;

  private pending: ConversationMessage[];
  private handedBack: HandedBack | null;
  private unread: ConversationMessage[];
  private late: ConversationMessage[];
  private sessions: SessionClock[];
  /** Taken, while their turn is being opened: still waiting for whoever looks from outside. */
  private opening: ConversationMessage[] = [];
  /** When each waiting medium came, by the workflow's clock: its wait is its own, whatever is written meanwhile. */
  private readonly cameAt = new Map<string, number>();
  private readonly settled = new Set<string>();
  private readonly seen = new Set<string>();

  constructor(carried?: CarriedState) {
    this.pending = carried?.pending ?? [];
    this.handedBack = carried?.handedBack ?? null;
    this.unread = carried?.unread ?? [];
    this.late = carried?.late ?? [];
    this.handler = carried?.handler ?? 'ai';
    this.sessions = carried?.sessions ?? [];
    this.turnsDone = carried?.turnsDone ?? 0;
    for (const id of carried?.settledMessageIds ?? []) this.settled.add(id);
    for (const { messageId } of [...this.pending, ...this.unread, ...this.late]) this.seen.add(messageId);
    for (const { messageId } of this.pending) this.cameAt.set(messageId, Date.now());
    if (this.pending.length > 0) this.arrivals++;
  }

  /** True if the message is new. */
  receive(message: ConversationMessage): boolean {
    if (this.seen.has(message.messageId)) return false;
    this.remember(message.messageId);
    if (!this.isFull()) this.arrivals++;
    const isRejected = message.doubleText === 'reject' && !message.fromMe && this.isAnswering();
    this.pending.push(isRejected ? { ...message, isRejected } : message);
    this.cameAt.set(message.messageId, Date.now());
    this.keepAlive({ sessionId: message.sessionId, timeoutMs: message.sessionTimeoutMs });
    return true;
  }

  /** Somebody else answers from now on; when it is the agents, they look for what nobody answered. */
  changeHandler(handler: Handler, unanswered: HandedBack | null): void {
    this.handler = handler;
    this.handedBack = unanswered;
  }

  takeHandedBack(): HandedBack | null {
    const taken = this.handedBack;
    this.handedBack = null;
    return taken;
  }

  /** What nobody answered is answered with what waits already, and before it. */
  receiveBack(messages: ConversationMessage[]): void {
    const back = messages.filter(({ messageId }) => !this.pending.some((one) => one.messageId === messageId));
    if (back.length === 0) return;
    for (const { messageId, sessionId, sessionTimeoutMs: timeoutMs } of back) {
      this.remember(messageId);
      this.cameAt.set(messageId, Date.now());
      this.keepAlive({ sessionId, timeoutMs });
    }
    this.unread = this.unread.filter(({ messageId }) => !back.some((message) => message.messageId === messageId));
    this.pending = [...back, ...this.pending];
    this.arrivals++;
  }

  /**
   * Notes that a medium has its text, or never will. One that was given up by its turn then asks for a turn of its own.
   *
   * @returns whether this conversation still knows the medium; if not, its text is for memory only.
   */
  settle({ messageId, hasText }: { messageId: string; hasText: boolean }): boolean {
    if (this.pending.some((message) => message.messageId === messageId)) {
      this.settled.add(messageId);
      return true;
    }
    const index = this.unread.findIndex((message) => message.messageId === messageId);
    const [message] = index < 0 ? [] : this.unread.splice(index, 1);
    if (message && hasText) this.late.push(message);
    return message !== undefined;
  }

  hasPending(): boolean {
    return this.pending.length > 0;
  }

  hasWork(): boolean {
    return this.pending.length > 0 || this.late.length > 0 || this.handedBack !== null;
  }

  /** The next turn has all it can take. */
  isFull(): boolean {
    return this.pending.length >= this.turnSize();
  }

  isWaitingForMedia(): boolean {
    return this.nextTurn().some((message) => this.isUnread(message));
  }

  /** Until the last of the unread media has used up its own wait. */
  mediaWaitMs(): number {
    const ends = this.nextTurn()
      .filter((message) => this.isUnread(message))
      .map(({ messageId, mediaWaitMs }) => (this.cameAt.get(messageId) ?? Date.now()) + mediaWaitMs);
    return Math.max(0, ...ends.map((end) => end - Date.now()));
  }

  /** The debounce of the newest message: a setting changed in between counts at once. */
  debounceMs(): number {
    return this.pending[this.pending.length - 1]?.debounceMs ?? 0;
  }

  /** Takes what waits, as much as a turn may have. Media without text move to `unread` and may come back later. */
  takePending(): ConversationMessage[] {
    const taken = this.nextTurn();
    this.pending = this.pending.slice(taken.length);
    this.unread = [...this.unread, ...taken.filter((message) => this.isUnread(message))].slice(-MAX_UNREAD);
    for (const { messageId } of taken) {
      this.settled.delete(messageId);
      this.cameAt.delete(messageId);
    }
    this.opening = taken;
    return taken;
  }

  /** What was taken has its turn, or needs none. */
  opened(): void {
    this.opening = [];
  }

  /** A customer wrote who does not want to wait for the answer to what they wrote before. */
  wantsInterruption(): boolean {
    return this.pending.some(
      ({ doubleText, fromMe, isGroup, agentsEnabled }) =>
        doubleText === 'interrupt' && !fromMe && !isGroup && agentsEnabled,
    );
  }

  /** Messages whose turn could not be opened, or was interrupted, wait in front of those that came since. */
  putBack(messages: ConversationMessage[], kind: 'messages' | 'late_media'): void {
    this.opened();
    if (kind === 'late_media') {
      this.late = [...messages, ...this.late];
      return;
    }
    // A medium that is not unread has its text, or never will: it is not waited for again.
    for (const { messageId, enrichmentId } of messages)
      if (enrichmentId !== null && !this.unread.some((one) => one.messageId === messageId)) this.settled.add(messageId);
    this.unread = this.unread.filter(({ messageId }) => !messages.some((message) => message.messageId === messageId));
    this.pending = [...messages, ...this.pending];
  }

  takeLate(): ConversationMessage[] {
    const taken = this.late;
    this.late = [];
    this.opening = taken;
    return taken;
  }

  state(): ConversationState {
    return {
      pendingMessageIds: [...this.opening, ...this.pending, ...this.late].map(({ messageId }) => messageId),
      unreadMessageIds: this.unread.map(({ messageId }) => messageId),
      runningTurnId: this.runningTurnId,
      session: this.sessions[this.sessions.length - 1] ?? null,
      handler: this.handler,
      turnsDone: this.turnsDone,
    };
  }

  /** The private chat and each group of one contact have sessions of their own. */
  activeSessions(): readonly SessionClock[] {
    return this.sessions;
  }

  dropSession(sessionId: string): void {
    this.sessions = this.sessions.filter((session) => session.sessionId !== sessionId);
  }

  carry(): CarriedState {
    return {
      pending: this.pending,
      unread: this.unread,
      late: this.late,
      settledMessageIds: [...this.settled],
      handler: this.handler,
      sessions: this.sessions,
      turnsDone: this.turnsDone,
      ...(this.handedBack ? { handedBack: this.handedBack } : {}),
    };
  }

  private nextTurn(): ConversationMessage[] {
    return this.pending.slice(0, this.turnSize());
  }

  private turnSize(): number {
    const policy = this.pending.find(({ doubleText }) => doubleText !== undefined)?.doubleText;
    if (policy !== 'enqueue') return MAX_TURN_MESSAGES;
    // What was handed back came while nobody answered: one answer to all of it.
    return Math.max(1, this.pending.filter(({ handedBackAt }) => handedBackAt !== undefined).length);
  }

  private isAnswering(): boolean {
    return this.runningTurnId !== null || this.opening.length > 0;
  }

  private keepAlive(session: SessionClock): void {
    this.dropSession(session.sessionId);
    this.sessions.push(session);
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
