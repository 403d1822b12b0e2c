import assert from 'node:assert/strict';
import type { ConversationMessage } from '../../core/conversation/types';
import { MAX_TURN_MESSAGES, Mailbox } from '../../workflows/conversation/mailbox';

const message = (messageId: string, also: Partial<ConversationMessage> = {}): ConversationMessage => ({
  messageId,
  sessionId: 'session',
  conversationId: 'conversation',
  fromMe: false,
  isGroup: false,
  enrichmentId: null,
  agentsEnabled: true,
  debounceMs: 100,
  sessionTimeoutMs: 60_000,
  mediaWaitMs: 5_000,
  ...also,
});
const photo = (messageId: string, also: Partial<ConversationMessage> = {}): ConversationMessage =>
  message(messageId, { enrichmentId: `reading of ${messageId}`, ...also });
const ids = (messages: ConversationMessage[]) => messages.map(({ messageId }) => messageId);

describe('a mailbox forgets nothing and repeats nothing', () => {
  it('takes a message once, also while it waits and after it was taken', () => {
    const mailbox = new Mailbox();
    assert.equal(mailbox.receive(message('a')), true);
    assert.equal(mailbox.receive(message('a')), false);
    assert.deepEqual(ids(mailbox.takePending()), ['a']);
    assert.equal(mailbox.receive(message('a')), false);
    assert.equal(mailbox.hasWork(), false);
  });

  it('waits for media until their text is there or certain not to come', () => {
    const mailbox = new Mailbox();
    mailbox.receive(photo('read'));
    mailbox.receive(photo('broken'));
    mailbox.receive(message('text'));
    assert.equal(mailbox.isWaitingForMedia(), true);
    mailbox.settle({ messageId: 'read', hasText: true });
    assert.equal(mailbox.isWaitingForMedia(), true);
    mailbox.settle({ messageId: 'broken', hasText: false });
    assert.equal(mailbox.isWaitingForMedia(), false);
    assert.deepEqual(ids(mailbox.takePending()), ['read', 'broken', 'text']);
    assert.deepEqual(mailbox.state().unreadMessageIds, []);
  });

  it('asks for a turn of its own for a text that comes after its turn, and only when there is one', () => {
    const mailbox = new Mailbox();
    mailbox.receive(photo('late'));
    mailbox.receive(photo('lost'));
    mailbox.takePending();
    assert.equal(mailbox.hasWork(), false);
    mailbox.settle({ messageId: 'lost', hasText: false });
    assert.equal(mailbox.hasWork(), false);
    mailbox.settle({ messageId: 'late', hasText: true });
    mailbox.settle({ messageId: 'late', hasText: true });
    assert.equal(mailbox.hasWork(), true);
    assert.equal(mailbox.hasPending(), false);
    assert.deepEqual(ids(mailbox.takeLate()), ['late']);
    assert.equal(mailbox.hasWork(), false);
  });

  it('carries over what waits, what is unread and what is settled, and nothing that is over', () => {
    const mailbox = new Mailbox();
    mailbox.receive(photo('answered late'));
    mailbox.receive(photo('unread'));
    mailbox.takePending();
    mailbox.settle({ messageId: 'answered late', hasText: true });
    mailbox.takeLate();
    mailbox.receive(photo('settled'));
    mailbox.settle({ messageId: 'settled', hasText: true });
    mailbox.receive(message('pending'));
    mailbox.handler = 'human';
    mailbox.turnsDone = 7;

    const carried = JSON.parse(JSON.stringify(mailbox.carry())) as ReturnType<Mailbox['carry']>;
    assert.deepEqual(carried.settledMessageIds, ['settled']);
    const next = new Mailbox(carried);
    assert.deepEqual(next.carry(), mailbox.carry());
    assert.ok(next.arrivals > 0, 'a debounce that waits sees that there is something');
    assert.equal(next.isWaitingForMedia(), false);
    assert.equal(next.receive(message('pending')), false);
    assert.equal(next.receive(photo('unread')), false);
    next.settle({ messageId: 'unread', hasText: true });
    assert.deepEqual(next.state().pendingMessageIds, ['settled', 'pending', 'unread']);
  });

  it('follows the newest message in its debounce, keeps every session, and gives each medium its own wait', () => {
    const mailbox = new Mailbox();
    mailbox.receive(photo('old', { debounceMs: 5_000, mediaWaitMs: 9_000, sessionId: 'group' }));
    mailbox.receive(message('new', { debounceMs: 50, mediaWaitMs: 60_000, sessionId: 'private', sessionTimeoutMs: 1 }));
    assert.equal(mailbox.debounceMs(), 50);
    const waitMs = mailbox.mediaWaitMs();
    assert.ok(waitMs > 8_000 && waitMs <= 9_000, 'text is not waited for, and newer messages do not prolong the wait');
    assert.deepEqual(mailbox.state().session, { sessionId: 'private', timeoutMs: 1 });
    assert.deepEqual(
      mailbox.activeSessions().map(({ sessionId }) => sessionId),
      ['group', 'private'],
    );
    mailbox.dropSession('private');
    assert.equal(mailbox.state().session?.sessionId, 'group');
  });

  it('knows no medium of an earlier life, whose text is then for memory only', () => {
    const mailbox = new Mailbox();
    assert.equal(mailbox.settle({ messageId: 'before', hasText: true }), false);
    assert.deepEqual(mailbox.carry().settledMessageIds, []);
    assert.equal(mailbox.hasWork(), false);
  });

  it('shows what it gave away as waiting until its turn is open', () => {
    const mailbox = new Mailbox();
    mailbox.receive(message('first'));
    mailbox.takePending();
    assert.deepEqual(mailbox.state().pendingMessageIds, ['first']);
    mailbox.opened();
    assert.deepEqual(mailbox.state().pendingMessageIds, []);
  });

  it('puts a batch that could not be answered in front of what came since', () => {
    const mailbox = new Mailbox();
    mailbox.receive(photo('first'));
    const taken = mailbox.takePending();
    mailbox.receive(message('second'));
    mailbox.putBack(taken, 'messages');
    assert.deepEqual(mailbox.state().pendingMessageIds, ['first', 'second']);
    assert.deepEqual(mailbox.state().unreadMessageIds, []);
  });

  it('stays bounded however many media are never read', () => {
    const mailbox = new Mailbox();
    for (let number = 0; number < 60; number++) mailbox.receive(photo(`photo ${number}`));
    mailbox.takePending();
    const { unreadMessageIds } = mailbox.state();
    assert.equal(unreadMessageIds.length, 50);
    assert.equal(unreadMessageIds.at(-1), 'photo 59');
  });

  it('gives a turn no more than it may have, and keeps the rest for the next', () => {
    const mailbox = new Mailbox();
    const all = Array.from({ length: MAX_TURN_MESSAGES + 2 }, (_, index) => `m${index}`);
    for (const id of all.slice(0, -1)) mailbox.receive(message(id));
    assert.equal(mailbox.isFull(), true);
    const { arrivals } = mailbox;
    mailbox.receive(photo(all[all.length - 1] ?? ''));
    assert.equal(mailbox.arrivals, arrivals, 'a message for the turn after that holds up nobody');
    assert.equal(mailbox.isWaitingForMedia(), false);
    assert.deepEqual(ids(mailbox.takePending()), all.slice(0, MAX_TURN_MESSAGES));
    assert.equal(mailbox.isFull(), false);
    assert.equal(mailbox.isWaitingForMedia(), true);
    assert.deepEqual(ids(mailbox.takePending()), all.slice(MAX_TURN_MESSAGES));
    assert.equal(mailbox.hasPending(), false);
  });

  it('answers what was handed back once, before what waits, and as one', () => {
    const mailbox = new Mailbox();
    const enqueue = { doubleText: 'enqueue' } as const;
    mailbox.receive(message('unheard', enqueue));
    mailbox.takePending();
    mailbox.receive(message('waits', enqueue));
    mailbox.changeHandler('ai', { conversationId: 'conversation', handlerVersion: 3 });
    assert.equal(mailbox.hasWork(), true);
    assert.deepEqual(new Mailbox(mailbox.carry()).takeHandedBack(), mailbox.takeHandedBack());
    assert.equal(mailbox.takeHandedBack(), null);
    const back = (id: string) => message(id, { ...enqueue, handedBackAt: 3 });
    mailbox.receiveBack([back('unheard'), back('another'), back('waits')]);
    assert.deepEqual(ids(mailbox.takePending()), ['unheard', 'another']);
    assert.deepEqual(ids(mailbox.takePending()), ['waits']);
    mailbox.changeHandler('ai', { conversationId: 'conversation', handlerVersion: 5 });
    mailbox.changeHandler('human', null);
    assert.equal(mailbox.hasWork(), false);
  });
});
