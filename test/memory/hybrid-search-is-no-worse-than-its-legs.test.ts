import assert from 'node:assert/strict';
import {
  messagesToEmbed,
  searchMemory,
  storeEmbeddings,
  type QueryVector,
  type SearchResult,
  type SearchStrategy,
} from '../../core/memory';
import { isAppError } from '../../core/errors';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { bagOfWords } from './bag-of-words';
import { newConversation, say, type TestConversation } from './fixtures';

const MODEL = 'test-bag-of-words';
const CLOSE_MODEL = 'test-close-together';

/** As models give them whose cosines all lie between .9 and 1. */
function closeTogether(text: string): number[] {
  const vector = bagOfWords(text);
  const length = Math.hypot(...vector);
  return vector.map((value, slot) => value / length + (slot === 767 ? 3 : 0));
}

const CHAT = [
  'Bom dia, queria saber quanto custa uma cozinha planejada',
  'O orçamento da cozinha ficou em R$ 18.900,00',
  'Tenho um cachorro grande, preciso de material resistente',
  'A entrega pode ser no endereço da obra, Rua das Flores 120',
  'Minha esposa Fernanda é quem decide as cores',
  'Ela prefere branco fosco nas portas',
  'O frete já está incluso?',
  'A porta do armário chegou com uma rachadura',
  'Vou viajar em julho, então só posso receber em agosto',
  'A concorrente Móveis Silva fez por 17 mil',
  'Podemos parcelar em dez vezes no cartão?',
  'O apartamento tem pé direito de três metros',
];

/** Question, and the message that answers it. Some share words with it, some only meaning. */
const GOLD: [string, number][] = [
  ['quanto custa a cozinha', 0],
  ['qual o valor combinado', 1],
  ['qual animal de estimação ou pet ele tem', 2],
  ['endereço da obra', 3],
  ['quem decide as cores', 4],
  ['cor preferida das portas: branco?', 5],
  ['o frete está incluso', 6],
  ['que defeito teve o armário', 7],
  ['quando pode receber, em agosto?', 8],
  ['qual concorrente ofereceu menos', 9],
  ['parcelamento no cartao', 10],
  ['altura do pe direito', 11],
];

describe('hybrid search is no worse than its legs', () => {
  const db = testDatabase();
  let conversation: TestConversation;
  let messageIds: string[];

  before(async () => {
    const { tenantId } = await newTenant(db);
    conversation = await newConversation(db, tenantId);
    messageIds = [];
    for (const text of CHAT) messageIds.push(await say(db, conversation, { text }));
    await db.withTenant(tenantId, async (tx) => {
      const texts = await messagesToEmbed(tx, tenantId, { messageIds });
      const rows = texts.map(({ embedText: _, ...text }) => ({
        ...text,
        embedding: bagOfWords(text.contentText),
        model: MODEL,
      }));
      assert.equal((await storeEmbeddings(tx, tenantId, rows)).length, CHAT.length);
      assert.deepEqual(await storeEmbeddings(tx, tenantId, rows), []);
      const close = rows.map((row) => ({
        ...row,
        embedding: closeTogether(row.contentText),
        model: CLOSE_MODEL,
      }));
      await storeEmbeddings(tx, tenantId, close);
    });
  });
  after(() => db.close());

  function search(
    query: string,
    strategy: SearchStrategy,
    queryVector: QueryVector = { vector: bagOfWords(query), model: MODEL },
  ): Promise<SearchResult> {
    const { tenantId, contactId } = conversation;
    return searchMemory(db, {
      tenantId,
      contactId,
      query,
      queryVector,
      topK: 3,
      strategy,
    });
  }

  /** Mean of 1 / rank of the right message within the first three. */
  async function meanReciprocalRank(
    strategy: SearchStrategy,
    vectorOf: (question: string) => QueryVector = (question) => ({
      vector: bagOfWords(question),
      model: MODEL,
    }),
  ): Promise<number> {
    let sum = 0;
    for (const [question, answer] of GOLD) {
      const { results } = await search(question, strategy, vectorOf(question));
      const place = results.findIndex((hit) => hit.sourceId === messageIds[answer]);
      if (place >= 0) sum += 1 / (place + 1);
    }
    return sum / GOLD.length;
  }

  it('on questions in Portuguese, some by words and some by meaning', async () => {
    const hybrid = await meanReciprocalRank('hybrid');
    const keyword = await meanReciprocalRank('keyword_only');
    const vector = await meanReciprocalRank('vector_only');
    const figures = `hybrid ${hybrid}, keyword ${keyword}, vector ${vector}`;
    assert.ok(hybrid >= keyword && hybrid >= vector, figures);
    assert.ok(hybrid > 0.8, figures);
  });

  it('also of a model whose vectors lie close together: what all texts have in common tells nothing', async () => {
    const close = (question: string): QueryVector => ({
      vector: closeTogether(question),
      model: CLOSE_MODEL,
    });
    const hybrid = await meanReciprocalRank('hybrid', close);
    const keyword = await meanReciprocalRank('keyword_only');
    const vector = await meanReciprocalRank('vector_only', close);
    const figures = `hybrid ${hybrid}, keyword ${keyword}, vector ${vector}`;
    assert.ok(hybrid >= keyword && hybrid >= vector, figures);
    assert.ok(vector > 0.7, figures);
  });

  it('a hit of both legs says so, with scores from 0 to 1', async () => {
    const { results } = await search('rachadura no armário', 'hybrid');
    assert.deepEqual(results[0]?.legs.map(({ leg }) => leg).sort(), ['keyword', 'vector']);
    assert.ok(results.every((hit) => hit.score >= 0 && hit.score <= 1));
  });

  it('a topic never mentioned finds nothing, and nothing is degraded', async () => {
    const { results, degraded } = await search('helicóptero submarino', 'hybrid');
    assert.deepEqual([results, degraded], [[], []]);
  });

  it('without a vector the words still answer, and the dead leg is named', async () => {
    const dead: QueryVector = {
      vector: null,
      reason: 'the embedder does not answer',
    };
    const { results, degraded, degradedReasons } = await search('endereço da obra', 'hybrid', dead);
    assert.equal(results[0]?.sourceId, messageIds[3]);
    assert.deepEqual([degraded, degradedReasons], [['vector'], ['the embedder does not answer']]);
  });

  it('vectors of another model are not compared', async () => {
    const vector = bagOfWords('cozinha');
    const { results } = await search('cozinha', 'vector_only', {
      vector,
      model: 'another',
    });
    assert.deepEqual(results, []);
  });

  it('messages being answered can be left out', async () => {
    const { tenantId, contactId } = conversation;
    const query = 'endereço da obra';
    const { results } = await searchMemory(db, {
      tenantId,
      contactId,
      query,
      queryVector: { vector: bagOfWords(query), model: MODEL },
      topK: 10,
      strategy: 'hybrid',
      excludeMessageIds: [messageIds[3] ?? ''],
    });
    assert.ok(results.every((hit) => hit.sourceId !== messageIds[3]));
  });

  it('refuses a vector of the wrong dimension and a top_k out of range', async () => {
    await assert.rejects(search('x', 'hybrid', { vector: [1, 2], model: MODEL }), (error) =>
      isAppError(error, 'EMBEDDING_DIMENSION_MISMATCH'),
    );
    const { tenantId } = conversation;
    for (const topK of [0, 10_000, 1.5, -1]) {
      const queryVector: QueryVector = {
        vector: null,
        reason: 'not asked for',
      };
      await assert.rejects(
        searchMemory(db, {
          tenantId,
          query: 'x',
          queryVector,
          topK,
          strategy: 'keyword_only',
        }),
        (error) => isAppError(error, 'VALIDATION_ERROR'),
      );
    }
  });
});
