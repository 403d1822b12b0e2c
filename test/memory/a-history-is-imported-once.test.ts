import assert from 'node:assert/strict';
import { importHistory } from '../../core/memory/import';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';

const db = testDatabase();

interface Line {
  contact: Record<string, string>;
  role?: string;
  text?: string;
  at: string;
  session?: string;
  external_id?: string;
  speaker?: string;
  reply_to?: string;
}
const line = (of: Line) => JSON.stringify({ role: 'customer', text: 'Oi', ...of });
const ANA = { ref: 'ana', name: 'Ana', phone: '+55 11 98765-4321' };

describe('a history is imported once', () => {
  after(() => db.close());

  async function rowsOf(tenantId: string) {
    return db.withTenant(tenantId, async (tx) => ({
      contacts: await tx.contact.findMany({ where: { tenantId } }),
      sessions: await tx.session.findMany({ where: { tenantId }, orderBy: { startedAt: 'asc' } }),
      messages: await tx.message.findMany({ where: { tenantId }, orderBy: { sentAt: 'asc' } }),
      events: await tx.outboxEvent.findMany({ where: { tenantId, eventType: 'message.created' } }),
    }));
  }

  it('stores contact, sessions and messages, and the second time nothing', async () => {
    const { tenantId } = await newTenant(db);
    const lines = [
      line({ contact: ANA, at: '2025-03-01T10:00:00-03:00', external_id: '1', speaker: 'Ana' }),
      line({
        contact: ANA,
        at: '2025-03-01T10:05:00-03:00',
        external_id: '2',
        role: 'company',
        text: 'Olá!',
        reply_to: '1',
      }),
      line({ contact: ANA, at: '2025-03-01T18:00:00-03:00', external_id: '3' }),
      line({ contact: { ref: 'bia' }, at: '2025-03-01T10:00:00-03:00', external_id: '1' }),
    ];
    const first = await importHistory(db, { tenantId, lines });
    assert.deepEqual(
      { ...first, refusals: first.refusals.length },
      { linesRead: 4, messagesStored: 4, messagesKnown: 0, contactsCreated: 2, sessionsCreated: 3, refusals: 0 },
    );
    const second = await importHistory(db, { tenantId, lines: lines.toReversed() });
    assert.equal(second.messagesStored, 0);
    assert.equal(second.messagesKnown, 4);
    const rows = await rowsOf(tenantId);
    assert.equal(rows.contacts.length, 2);
    assert.equal(rows.sessions.length, 3);
    assert.equal(rows.messages.length, 4);
    assert.equal(rows.events.length, 0, 'no event that would start a conversation');
    const ana = rows.contacts.find(({ name }) => name === 'Ana');
    assert.equal(ana?.phone, '+5511987654321');
    const [morning, evening] = rows.sessions.filter(({ contactId }) => contactId === ana?.id);
    assert.deepEqual(
      [morning?.messageCount, morning?.messagesFromContact, morning?.messagesFromAgent, morning?.status],
      [2, 1, 1, 'ended'],
    );
    assert.equal(evening?.messageCount, 1);
    const reply = rows.messages.find(({ fromMe }) => fromMe);
    const asked = rows.messages.find(({ contactId, fromMe }) => contactId === ana?.id && !fromMe);
    assert.equal(reply?.replyToId, asked?.id);
    assert.equal(reply?.source, 'history_import');
    assert.equal((asked?.metadata as { externalId: string }).externalId, '1');
  });

  it('cuts sessions the same way in whatever order and batches the lines come', async () => {
    const at = (hour: number) => new Date(Date.UTC(2025, 0, 1, hour)).toISOString();
    // 0 1 2 | 9 10 | 20: four hours without a word end a session.
    const lines = [0, 1, 2, 9, 10, 20].map((hour) => line({ contact: ANA, at: at(hour), external_id: `h${hour}` }));
    const { tenantId } = await newTenant(db);
    for (const one of lines.toReversed()) await importHistory(db, { tenantId, lines: [one] });
    const { sessions } = await rowsOf(tenantId);
    assert.deepEqual(
      sessions.map(({ messageCount }) => messageCount),
      [3, 2, 1],
    );
  });

  it('keeps named sessions together however far apart their messages are', async () => {
    const { tenantId } = await newTenant(db);
    const lines = [1, 20].map((day) =>
      line({
        contact: ANA,
        at: `2025-01-${String(day).padStart(2, '0')}T10:00:00Z`,
        session: 's1',
        external_id: `${day}`,
      }),
    );
    for (const one of lines) await importHistory(db, { tenantId, lines: [one] });
    const { sessions } = await rowsOf(tenantId);
    assert.equal(sessions.length, 1);
    assert.equal(sessions[0]?.messageCount, 2);
    assert.equal(sessions[0]?.startedAt.toISOString(), '2025-01-01T10:00:00.000Z');
  });

  it('reports refused lines by number and rule, and stores the others', async () => {
    const { tenantId } = await newTenant(db);
    const other = await newTenant(db);
    const stranger = await importHistory(db, {
      tenantId: other.tenantId,
      lines: [line({ contact: ANA, at: '2025-01-01T10:00:00Z' })],
    });
    assert.equal(stranger.messagesStored, 1);
    const [foreign] = (await rowsOf(other.tenantId)).contacts;
    const lines = [
      'no json',
      line({ contact: { name: 'nobody' }, at: '2025-01-01T10:00:00Z' }),
      line({ contact: ANA, at: '2025-01-01' }),
      line({ contact: ANA, at: '2999-01-01T10:00:00Z' }),
      line({ contact: ANA, at: '2025-01-01T10:00:00Z', role: 'robot' }),
      line({ contact: { phone: 'abc' }, at: '2025-01-01T10:00:00Z' }),
      line({ contact: { id: foreign?.id ?? '' }, at: '2025-01-01T10:00:00Z' }),
      '',
      line({ contact: ANA, at: '2025-01-01T10:00:00Z', text: 'nul \u0000 inside' }),
    ];
    const report = await importHistory(db, { tenantId, lines });
    assert.deepEqual(
      report.refusals.map((refusal) => refusal.line),
      [1, 2, 3, 4, 5, 6, 7],
    );
    assert.equal(report.messagesStored, 1);
    assert.match(report.refusals[6]?.problem ?? '', /not a contact/);
    assert.doesNotMatch(JSON.stringify(report.refusals), /nobody|robot/);
  });
});
