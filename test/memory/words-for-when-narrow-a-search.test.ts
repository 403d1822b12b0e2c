import assert from 'node:assert/strict';
import { searchMemory } from '../../core/memory';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { newConversation, say, type TestConversation } from './fixtures';

/** A Friday. */
const NOW = new Date('2026-11-27T15:00:00Z');
const SAID = {
  'quero o sofá azul': '2026-09-15T15:00:00Z',
  'pode ser a poltrona': '2026-10-28T15:00:00Z',
  'então fico com a estante': '2026-11-11T15:00:00Z',
  'prefiro a cama de casal': '2026-11-20T15:00:00Z',
  'esquece, só o abajur': '2026-11-24T15:00:00Z',
};

describe('words for when narrow a search', () => {
  const db = testDatabase();
  let conversation: TestConversation;
  before(async () => {
    conversation = await newConversation(db, (await newTenant(db)).tenantId);
    for (const [text, sentAt] of Object.entries(SAID)) {
      await say(db, conversation, { text, sentAt: new Date(sentAt) });
    }
  });
  after(() => db.close());

  const first = async (query: string) => {
    const { tenantId, contactId } = conversation;
    const { results } = await searchMemory(db, {
      ...{ tenantId, contactId, query, topK: 1, strategy: 'keyword_only', now: NOW },
      queryVector: { vector: null, reason: 'not asked for' },
    });
    return results[0]?.content;
  };

  for (const [when, expected] of [
    ['semana passada', 'prefiro a cama de casal'],
    ['na sexta passada', 'prefiro a cama de casal'],
    ['na terça-feira passada', 'esquece, só o abajur'],
    ['na última quarta', undefined],
    ['last Tuesday', 'esquece, só o abajur'],
    ['há duas semanas', 'então fico com a estante'],
    ['duas semanas atrás', 'então fico com a estante'],
    ['faz 3 dias', 'esquece, só o abajur'],
    ['na semana retrasada', 'então fico com a estante'],
    ['mês passado', 'pode ser a poltrona'],
    ['no mês retrasado', 'quero o sofá azul'],
    ['em setembro', 'quero o sofá azul'],
  ] as const) {
    it(when, async () => assert.equal(await first(`o que ela disse ${when}?`), expected));
  }
});
