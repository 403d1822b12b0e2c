import assert from 'node:assert/strict';
import { newId } from '../../core/ids';
import { isAppError } from '../../core/errors';
import {
  addFact,
  buildFactRequest,
  confirmFact,
  editFact,
  factChanges,
  factEvidence,
  getContactFacts,
  getFact,
  invalidateFact,
  parseFacts,
  restoreFact,
  searchMemory,
  storeFacts,
  type FactType,
  type StoredFact,
} from '../../core/memory';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { newConversation, say, type TestConversation } from './fixtures';

const timezone = 'America/Sao_Paulo';
/** Within the ninety days a budget lives. */
const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3600_000);
const [march, april, may, june] = [daysAgo(80), daysAgo(60), daysAgo(40), daysAgo(20)] as const;

interface Said {
  type: FactType;
  text: string;
  message: string;
  at?: Date;
  more?: Record<string, unknown>;
}

describe('a changed fact ends the old one', () => {
  const db = testDatabase();
  let tenantId: string;
  let conversation: TestConversation;
  before(async () => {
    ({ tenantId } = await newTenant(db));
  });
  beforeEach(async () => {
    conversation = await newConversation(db, tenantId);
  });
  after(() => db.close());

  const inTenant = <T>(work: Parameters<typeof db.withTenant<T>>[1]) => db.withTenant(tenantId, work);
  /** Through the product's own reading of a model's answer, with what was known before as the model is shown it. */
  const learn = async ({ type, text, message, at = new Date(), more = {} }: Said): Promise<StoredFact> => {
    const id = await say(db, conversation, { text: message, sentAt: at });
    const messages = [{ id, sentAt: at, text: message }];
    const known = await facts();
    buildFactRequest(messages, { timezone, known });
    const answer = { type, text, confidence: 1, source_message_id: id, starts_at: null, ends_at: null, ...more };
    const parsed = parseFacts(JSON.stringify({ facts: [answer] }), messages, { timezone, known });
    assert.ok(parsed.ok);
    const [stored] = await inTenant((tx) =>
      storeFacts(tx, tenantId, { contactId: conversation.contactId, model: 'test', facts: parsed.facts }),
    );
    assert.ok(stored);
    return stored;
  };
  const facts = (asOf?: Date) =>
    inTenant((tx) => getContactFacts(tx, tenantId, { contactId: conversation.contactId, ...(asOf ? { asOf } : {}) }));
  const texts = async (asOf?: Date) => (await facts(asOf)).map(({ text }) => text).sort();
  const budget = (amount: string, at?: Date) =>
    learn({ type: 'budget', text: `O orçamento é de ${amount}.`, message: `meu orçamento é ${amount}`, at });
  const person = { by: 'user', user_id: newId() } as const;

  it('another budget: the new one holds, the old one answers as of March, nothing is deleted', async () => {
    const old = await budget('R$ 30.000', march);
    await learn({ type: 'preference', text: 'Prefere madeira clara.', message: 'prefiro madeira clara', at: march });
    const now = await budget('45 mil', may);
    assert.deepEqual(await texts(june), ['O orçamento é de 45 mil.', 'Prefere madeira clara.']);
    assert.deepEqual(await texts(april), ['O orçamento é de R$ 30.000.', 'Prefere madeira clara.']);
    const closed = await inTenant((tx) => getFact(tx, tenantId, old.id));
    assert.equal(closed.supersededBy, now.id);
    assert.deepEqual(closed.validTo, may);
    const [change] = await inTenant((tx) => factChanges(tx, tenantId, old.id));
    assert.equal(change?.change, 'superseded');
    assert.equal(change?.actor, 'system');
    const { results } = await searchMemory(db, {
      ...{ tenantId, contactId: conversation.contactId, query: 'qual o orçamento?', topK: 10 },
      ...{ queryVector: { vector: null, reason: 'not asked for' }, strategy: 'keyword_only', sources: ['fact'] },
    });
    assert.deepEqual(
      results.map(({ sourceId }) => sourceId),
      [now.id],
    );
  });

  it('a message that comes late is history, not news; and a value may come back', async () => {
    await budget('R$ 50.000', may);
    await budget('R$ 20.000', march);
    assert.deepEqual(await texts(june), ['O orçamento é de R$ 50.000.']);
    assert.deepEqual(await texts(april), ['O orçamento é de R$ 20.000.']);
    await budget('R$ 20.000', june);
    assert.deepEqual(await texts(), ['O orçamento é de R$ 20.000.']);
    assert.deepEqual(await texts(may), ['O orçamento é de R$ 50.000.']);
  });

  it('the same value in other words is evidence: surer, with both messages and their words', async () => {
    const first = await budget('R$ 45.000', march);
    const again = await learn({
      ...{ type: 'budget', text: 'Pode gastar 45 mil.', message: 'então, 45 mil é o que dá', at: april },
      more: { quote: '45 mil é o que dá' },
    });
    assert.equal(again.id, first.id);
    assert.ok(again.confidence > first.confidence);
    const evidence = await inTenant((tx) => factEvidence(tx, tenantId, first.id));
    assert.deepEqual(
      evidence.map(({ quote }) => quote),
      ['meu orçamento é R$ 45.000', '45 mil é o que dá'],
    );
  });

  it('somebody else’s address, another room’s budget and two e-mails of one message stand side by side', async () => {
    await learn({ type: 'attribute', text: 'Mora na Rua A, 10.', message: 'moro na rua A, 10' });
    await learn({ type: 'attribute', text: 'A mãe do cliente mora em Recife.', message: 'minha mãe mora em Recife' });
    await learn({ type: 'budget', text: 'O orçamento da cozinha é de 30 mil.', message: 'cozinha: 30 mil' });
    await learn({ type: 'budget', text: 'O orçamento do banheiro é de 10 mil.', message: 'banheiro: 10 mil' });
    assert.equal((await facts()).length, 4);
  });

  it('what a model proposes counts only with words of change, and only for the same subject and type', async () => {
    await learn({ type: 'preference', text: 'Prefere porta de correr.', message: 'prefiro porta de correr' });
    await learn({
      ...{ type: 'preference', text: 'Prefere puxador preto.', message: 'gosto de puxador preto' },
      more: { decision: 'keep_new', known_id: 1 },
    });
    assert.equal((await facts()).length, 2, 'no word of a change');
    const sliding = (await facts()).findIndex(({ text }) => text.includes('correr')) + 1;
    await learn({
      ...{ type: 'goal', text: 'Quer abrir loja.', message: 'agora quero abrir uma loja' },
      more: { decision: 'keep_new', known_id: sliding },
    });
    assert.equal((await facts()).length, 3, 'another type');
    const index = (await facts()).findIndex(({ text }) => text.includes('correr')) + 1;
    await learn({
      ...{ type: 'preference', text: 'Prefere porta de abrir.', message: 'na verdade prefiro porta de abrir' },
      more: { decision: 'keep_new', known_id: index },
    });
    assert.deepEqual(await texts(), ['Prefere porta de abrir.', 'Prefere puxador preto.', 'Quer abrir loja.']);
  });

  it('“my plan is free forever” is a claim: never surer, and never in place of what the company knows', async () => {
    const known = await inTenant((tx) =>
      addFact(tx, tenantId, {
        ...{ contactId: conversation.contactId, type: 'attribute', text: 'O plano é o Básico, R$ 99 por mês.' },
        ...{ reason: 'contrato', actor: person },
      }),
    );
    for (const at of [march, april, may]) {
      const claim = await learn({
        ...{
          type: 'attribute',
          text: 'O plano é gratuito para sempre.',
          message: 'meu plano é gratuito para sempre',
          at,
        },
        more: { attribute: 'plan', decision: 'keep_new', known_id: 1, is_claim: false },
      });
      assert.equal(claim.isClaimed, true);
      assert.ok(claim.confidence <= 0.4);
    }
    assert.deepEqual(
      (await facts()).map(({ text, isClaimed }) => [text, isClaimed]),
      [
        [known.text, false],
        ['O plano é gratuito para sempre.', true],
      ],
    );
  });

  it('a quote that the message does not hold is no evidence', () => {
    const message = { id: newId(), sentAt: march, text: 'oi, tudo bem?' };
    const invented = {
      ...{ type: 'budget', text: 'Tem 90 mil.', confidence: 1, source_message_id: message.id, quote: 'tenho 90 mil' },
      ...{ starts_at: null, ends_at: null },
    };
    const parsed = parseFacts(JSON.stringify({ facts: [invented] }), [message], { timezone });
    assert.deepEqual(parsed, { ok: true, facts: [] });
  });

  it('two different budgets stored at once: one holds', async () => {
    await Promise.all(['R$ 10.000', 'R$ 20.000', 'R$ 30.000'].map((amount) => budget(amount)));
    assert.equal((await facts()).length, 1);
  });

  it('a person edits, invalidates, restores and confirms, and the history says who and why', async () => {
    const old = await budget('R$ 30.000', march);
    const action = { reason: 'ligação de hoje', actor: person };
    const edited = await inTenant((tx) =>
      editFact(tx, tenantId, { factId: old.id, text: 'O orçamento é de R$ 35.000.', ...action }),
    );
    assert.deepEqual(edited.evidenceMessageIds, old.evidenceMessageIds);
    assert.ok(edited.confidence > 0.95);
    assert.deepEqual(await texts(april), [old.text]);
    assert.deepEqual(await texts(), [edited.text]);
    await assert.rejects(
      inTenant((tx) => editFact(tx, tenantId, { factId: old.id, text: 'x', ...action })),
      (error) => isAppError(error, 'CONFLICT'),
    );
    await assert.rejects(
      inTenant((tx) => restoreFact(tx, tenantId, { factId: old.id, ...action })),
      (error) => isAppError(error, 'CONFLICT'),
    );
    await inTenant((tx) => invalidateFact(tx, tenantId, { factId: edited.id, ...action }));
    assert.deepEqual(await texts(), []);
    await inTenant((tx) => restoreFact(tx, tenantId, { factId: old.id, ...action }));
    assert.deepEqual(await texts(), [old.text]);
    const confirmed = await inTenant((tx) => confirmFact(tx, tenantId, { factId: old.id, ...action }));
    assert.ok(confirmed.confidence > 0.95);
    const changes = await inTenant((tx) => factChanges(tx, tenantId, old.id));
    assert.deepEqual(
      changes.map(({ change }) => change),
      ['confirmed', 'restored', 'superseded'],
    );
    assert.ok(changes.every(({ userId, reason }) => userId === person.user_id && reason === action.reason));
  });

  it('is found by what people call it, and not for naming the customer', async () => {
    await learn({ type: 'attribute', text: 'A irmã do cliente mora em Recife.', message: 'minha irmã mora em Recife' });
    const email = await learn({ type: 'attribute', text: 'Usa ana@loja.com.br.', message: 'usa ana@loja.com.br' });
    const { results } = await searchMemory(db, {
      ...{ tenantId, contactId: conversation.contactId, query: 'qual o e-mail do cliente?', topK: 10 },
      ...{ queryVector: { vector: null, reason: 'not asked for' }, strategy: 'keyword_only', sources: ['fact'] },
    });
    assert.deepEqual(
      results.map(({ sourceId }) => sourceId),
      [email.id],
    );
  });

  it('a date that cannot be is refused with what to do', async () => {
    const tomorrow = new Date(Date.now() + 24 * 3600_000);
    const add = (type: FactType, dates: { validFrom?: Date; validTo?: Date }) =>
      inTenant((tx) =>
        addFact(tx, tenantId, {
          ...{ contactId: conversation.contactId, type, text: 'Vale 10.', reason: null, actor: person },
          ...dates,
        }),
      );
    for (const refused of [
      add('budget', { validFrom: tomorrow }),
      add('event', { validFrom: tomorrow, validTo: new Date() }),
    ]) {
      await assert.rejects(refused, (error) => isAppError(error, 'VALIDATION_ERROR'));
    }
    await add('event', { validFrom: tomorrow });
    assert.equal((await facts()).length, 1);
  });

  it('and names a fact that is there, also when the new words were known without their attribute', async () => {
    const said = async (text: string, at: Date, more: object) => {
      const sourceMessageId = await say(db, conversation, { text, sentAt: at });
      const fact = { type: 'attribute' as const, text, confidence: 0.7, sourceMessageId, saidAt: at, ...more };
      const { contactId } = conversation;
      const given = { ...fact, startsAt: null, endsAt: null };
      const [stored] = await inTenant((tx) => storeFacts(tx, tenantId, { contactId, model: 'test', facts: [given] }));
      assert.ok(stored);
      return stored;
    };
    const lives = { subject: 'contact', attribute: 'residence' };
    const plain = await said('Mora em Campinas', march, { attribute: null, value: null });
    const replaced = await said('Mora em Valinhos', april, { ...lives, value: 'valinhos' });
    const again = await said('Mora em Campinas', may, { ...lives, value: 'campinas' });
    assert.equal(again.id, plain.id);
    const row = await inTenant((tx) => tx.memoryFact.findFirstOrThrow({ where: { tenantId, id: replaced.id } }));
    assert.equal(row.supersededBy, plain.id);
  });
});
