import assert from 'node:assert/strict';
import { searchMemory } from '../../core/memory';
import { newTenant } from '../support/tenant';
import { testDatabase } from '../support/database';
import { newConversation, say, type TestConversation } from './fixtures';

describe('keyword search finds Brazilian Portuguese', () => {
  const db = testDatabase();
  let conversation: TestConversation;

  before(async () => {
    const { tenantId } = await newTenant(db);
    conversation = await newConversation(db, tenantId);
    for (const text of [
      'O orçamento da cozinha ficou acima do esperado',
      'Marcamos uma reunião na loja',
      'Posso pagar no cartão de crédito?',
      'A promoção termina no domingo',
      'O valor combinado foi R$ 1.500,00',
      'Consigo chegar a R$ 52.000',
      'Meu cachorro comeu o sofá',
      'A Fernanda do financeiro vai ligar',
    ]) {
      await say(db, conversation, { text });
    }
    await say(db, conversation, {
      text: 'olha a foto',
      contentType: 'image',
      extractedText: 'Bancada de granito com uma rachadura perto da pia',
    });
    // Only this customer writes the name like that.
    await say(db, await newConversation(db, tenantId), { text: 'A Fernnanda já ligou?' });
  });
  after(() => db.close());

  async function find(query: string): Promise<string[]> {
    const { tenantId, contactId } = conversation;
    const { results } = await searchMemory(db, {
      tenantId,
      contactId,
      query,
      queryVector: { vector: null, reason: 'not asked for' },
      topK: 10,
      strategy: 'keyword_only',
    });
    return results.map((hit) => hit.content);
  }

  for (const [query, expected] of [
    ['orcamento', 'orçamento da cozinha'],
    ['qual foi o orçamento?', 'orçamento da cozinha'],
    ['orc', 'orçamento da cozinha'],
    ['reuniões', 'reunião na loja'],
    ['reunioes', 'reunião na loja'],
    ['REUNIAO', 'reunião na loja'],
    ['quais cartões vocês aceitam', 'cartão de crédito'],
    ['cartoes', 'cartão de crédito'],
    ['promocoes', 'promoção termina'],
    ['1500', 'R$ 1.500,00'],
    ['R$ 1.500', 'R$ 1.500,00'],
    ['quem falou em 52 mil?', 'R$ 52.000'],
    ['orcameto', 'orçamento da cozinha'],
    ['Fernnda', 'Fernanda do financeiro'],
    // Words that the project knows, from somebody else.
    ['Fernnanda', 'Fernanda do financeiro'],
    ['Fernnanda falou do orcameto?', 'Fernanda do financeiro'],
    ['rachadura na pia', 'Bancada de granito'],
  ] as const) {
    it(`"${query}" finds "${expected}" first`, async () => {
      const [first] = await find(query);
      assert.ok(first?.includes(expected), `found ${String(first)}`);
    });
  }

  for (const query of ['não', 'você já também', 'viagem para o Japão', 'helicóptero', "a'b \\ | & !:*", '🙂']) {
    it(`"${query}" finds nothing`, async () => {
      assert.deepEqual(await find(query), []);
    });
  }

  it('a word of the query is enough, and the result says which', async () => {
    const { tenantId, contactId } = conversation;
    const ask = (topK: number) =>
      searchMemory(db, {
        tenantId,
        contactId,
        query: 'o cachorro e a promoção do helicóptero',
        queryVector: { vector: null, reason: 'not asked for' },
        topK,
        strategy: 'keyword_only',
      });
    const { results, degraded, totalResults } = await ask(1);
    assert.equal(results.length, 1);
    const all = await ask(100);
    assert.ok(all.results.length >= 2, 'both words are found');
    assert.deepEqual([totalResults, all.totalResults], [all.results.length, all.results.length]);
    assert.deepEqual(degraded, []);
    const [hit] = results;
    assert.equal(hit?.score, 1);
    assert.equal(hit?.source, 'message');
    assert.equal(hit?.legs[0]?.leg, 'keyword');
    assert.equal(hit?.legs[0]?.rank, 1);
    assert.equal(hit?.legs[0]?.matched?.length, 1);
  });
});
