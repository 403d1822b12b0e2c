import assert from 'node:assert/strict';
import { storable } from '../../core/text';
import { embedMessages } from '../../core/memory/embed-texts';
import { messagesToEmbed, storeEmbeddings } from '../../core/memory/embeddings';
import { storeFacts } from '../../core/memory/facts/store';
import { attempt, startBench, type Bench } from '../enrichment/support';
import { newConversation, say, type TestConversation } from './fixtures';

const REJECTED = { kind: 'status', status: 400, body: { error: { code: 400, status: 'INVALID_ARGUMENT' } } } as const;

describe('a rejected text costs only itself', () => {
  let bench: Bench;
  let conversation: TestConversation;
  before(async () => {
    bench = await startBench({ EMBEDDINGS_PROVIDER: 'vertex' });
    conversation = await newConversation(bench.deps.db, bench.tenantId);
  });
  beforeEach(() => bench.simulator.reset());
  after(() => bench.stop());

  const threeMessages = () =>
    Promise.all(
      ['bom dia', 'quero um orçamento', 'para a cozinha'].map((text) => say(bench.deps.db, conversation, { text })),
    );
  const embedded = (messageIds: string[]) =>
    bench.inTenant((tx) =>
      tx.memoryEmbedding.count({ where: { tenantId: bench.tenantId, messageId: { in: messageIds } } }),
    );

  it('a batch that is rejected is embedded text by text', async () => {
    const messageIds = await threeMessages();
    bench.simulator.fault('vertex', REJECTED, { times: 1 });
    const count = await embedMessages(bench.deps, { tenantId: bench.tenantId, messageIds }, attempt());
    assert.equal(count, 3);
    assert.equal(bench.simulator.requestCount('vertex'), 4);
    assert.equal(await embedded(messageIds), 3);
  });

  it('the bad one is named, after the others are stored and paid', async () => {
    const messageIds = await threeMessages();
    const run = attempt();
    bench.simulator.fault('vertex', REJECTED, { times: 2 });
    const failing = embedMessages(bench.deps, { tenantId: bench.tenantId, messageIds }, run);
    await assert.rejects(failing, (error) => {
      assert.ok(error instanceof Error && 'code' in error);
      assert.equal(error.code, 'PROVIDER_REJECTED');
      assert.equal(messageIds.filter((id) => error.message.includes(id)).length, 1);
      return true;
    });
    assert.equal(await embedded(messageIds), 2);
    const cost = await bench.inTenant((tx) =>
      tx.aiCost.findFirstOrThrow({ where: { tenantId: bench.tenantId, activityKey: run.activityKey } }),
    );
    assert.equal(cost.status, 'settled');
  });

  it('when all are bad nothing is paid', async () => {
    const messageIds = await threeMessages();
    const run = attempt();
    bench.simulator.fault('vertex', REJECTED);
    const failing = embedMessages(bench.deps, { tenantId: bench.tenantId, messageIds }, run);
    await assert.rejects(failing, { code: 'PROVIDER_REJECTED' });
    const cost = await bench.inTenant((tx) =>
      tx.aiCost.findFirstOrThrow({ where: { tenantId: bench.tenantId, activityKey: run.activityKey } }),
    );
    assert.equal(cost.status, 'released');
  });

  it('the embedder gets the beginning of a long text, the words are kept to search', async () => {
    // An emoji across both cuts.
    const text = `a${'\u{1f600}'.repeat(4_500)}`;
    const id = await say(bench.deps.db, conversation, { text });
    const [toEmbed] = await bench.inTenant((tx) => messagesToEmbed(tx, bench.tenantId, { messageIds: [id] }));
    assert.ok(toEmbed);
    assert.ok(toEmbed.embedText.length <= 4_000, String(toEmbed.embedText.length));
    assert.ok(toEmbed.contentText.length > 7_000 && toEmbed.contentText.length <= 8_000);
    for (const cut of [toEmbed.embedText, toEmbed.contentText]) assert.equal(storable(cut), cut);
  });

  it('stores facts and vectors whatever characters they hold', async () => {
    const { tenantId } = bench;
    const { contactId } = conversation;
    const bad = 'NUL \u0000 e meio emoji \ud83d';
    const id = await say(bench.deps.db, conversation, { text: 'oi' });
    const [fact] = await bench.inTenant((tx) =>
      storeFacts(tx, tenantId, {
        contactId,
        model: 'm',
        facts: [
          {
            type: 'budget',
            text: bad,
            confidence: 0.5,
            sourceMessageId: id,
            saidAt: new Date(),
            startsAt: null,
            endsAt: null,
          },
        ],
      }),
    );
    assert.equal(fact?.text, storable(bad));
    const row = {
      contactId,
      sessionId: null,
      messageId: null,
      factId: null,
      contentType: 'document' as const,
      contentText: bad,
      embedding: Array.from({ length: 768 }, () => 0.1),
      model: 'm',
      metadata: { title: bad },
      occurredAt: new Date(),
    };
    const ids = await bench.inTenant((tx) => storeEmbeddings(tx, tenantId, [row]));
    assert.equal(ids.length, 1);
  });
});
