import assert from 'node:assert/strict';
import { Client } from 'pg';
import { createDatabase, type Database } from '../../core/database';
import { migrate } from '../../core/database/migrate';
import { searchMemory, type SearchRequest, type SearchResult } from '../../core/memory';
import { addFact } from '../../core/memory/facts/edit';
import { newId } from '../../core/ids';
import { testDatabase, testPreparedStatements } from '../support/database';
import { withEmptyDatabase } from '../support/empty-database';
import { newTenant } from '../support/tenant';
import { newConversation, say, type TestConversation } from './fixtures';

describe('the graph leg reads the question', () => {
  const db = testDatabase();
  let conversation: TestConversation;
  let asked: string;
  let further: string;

  before(async () => {
    const { tenantId } = await newTenant(db);
    conversation = await newConversation(db, tenantId);
    asked = await say(db, conversation, { text: 'o pedido AB-1234 foi com a Transportadora Veloz' });
    further = await say(db, conversation, { text: 'reclamei, porque a Transportadora Veloz amassou tudo' });
    await say(db, conversation, { text: 'bom dia, tudo certo por aí?' });
    await say(db, await newConversation(db, tenantId), { text: 'e o AB-1234 do vizinho?' });
  });
  after(() => db.close());

  function search(query: string, more: Partial<SearchRequest> = {}, of: Database = db): Promise<SearchResult> {
    const { tenantId, contactId } = conversation;
    return searchMemory(of, {
      tenantId,
      contactId,
      query,
      queryVector: { vector: null, reason: 'not asked for' },
      topK: 10,
      strategy: 'graph_only',
      ...more,
    });
  }

  it('and goes from what it names to what shares another name with it', async () => {
    const { results, degraded } = await search('cadê o ab1234?');
    assert.deepEqual(degraded, []);
    const explained = results.map(({ sourceId, legs }) => [sourceId, legs[0]?.distance, legs[0]?.matched]);
    assert.deepEqual(explained.slice(0, 2), [
      [asked, 1, ['1234', 'ab1234']],
      [further, 3, ['1234', 'ab1234']],
    ]);
  });

  it('so that another question about the same contact has another answer', async () => {
    const { results } = await search('o que houve com a transportadora veloz?');
    const found = results.filter(({ legs }) => legs[0]?.distance === 1).map(({ sourceId }) => sourceId);
    assert.deepEqual(found.sort(), [asked, further].sort());
    assert.deepEqual((await search('qual a cor preferida?')).results, []);
  });

  it('over facts to the people they are about', async () => {
    const { tenantId, contactId } = conversation;
    const fact = await db.withTenant(tenantId, (tx) =>
      addFact(tx, tenantId, {
        contactId,
        type: 'preference',
        text: 'Prefere branco fosco.',
        subject: 'Fernanda',
        reason: null,
        actor: { by: 'system' },
      }),
    );
    const { results } = await search('do que a Fernanda gosta?');
    assert.deepEqual([results[0]?.source, results[0]?.sourceId], ['fact', fact.id]);
  });

  it('within the tenant, contact, session and filters that are asked about', async () => {
    const { tenantId } = await newTenant(db);
    assert.deepEqual((await search('ab1234', { tenantId, contactId: null })).results, []);
    const wide = (await search('ab1234', { contactId: null })).results;
    assert.equal(wide.filter(({ legs }) => legs[0]?.distance !== undefined).length, 3);
    assert.deepEqual((await search('ab1234', { until: new Date(0) })).results, []);
    assert.deepEqual((await search('ab1234', { types: ['audio'] })).results, []);
    const { results } = await search('ab1234', { excludeMessageIds: [asked] });
    assert.ok(results.every(({ sourceId }) => sourceId !== asked));
  });

  it('whatever it looks like: Cypher, SQL and tsquery are words', async () => {
    for (const query of [
      '$$) as (a agtype); drop table graph_edges; --',
      'MATCH (n) DETACH DELETE n',
      "'&|!:*",
      '😀😀',
    ]) {
      assert.deepEqual((await search(query)).degraded, []);
    }
    assert.ok((await search('ab1234')).results.length > 0);
  });

  it('and is named in degraded when it fails, while the other legs answer', () =>
    withEmptyDatabase(async (url) => {
      await migrate(url);
      const own = createDatabase({ url, maxConnections: 2, preparedStatements: testPreparedStatements() === 'true' });
      try {
        const there = await newConversation(own, (await newTenant(own)).tenantId);
        const id = await say(own, there, { text: 'o pedido AB-1234 saiu' });
        const owner = new Client({ connectionString: url });
        await owner.connect();
        await owner.query('revoke select on graph_nodes from ventros_app');
        await owner.end();
        const { tenantId, contactId } = there;
        const found = await search('pedido ab1234', { tenantId, contactId, strategy: 'keyword_graph_50' }, own);
        assert.deepEqual([found.degraded, found.results[0]?.sourceId], [['graph'], id]);
        assert.match(found.degradedReasons[0] ?? '', /graph/);
        const alone = await search('pedido ab1234', { tenantId, contactId }, own);
        assert.deepEqual([alone.results, alone.degraded], [[], ['graph']]);
      } finally {
        await own.close();
      }
    }));

  it('and a walk is bounded where everything names the same', async () => {
    const { tenantId } = await newTenant(db);
    const crowd = await newConversation(db, tenantId);
    await db.withTenant(tenantId, async (tx) => {
      const first = await tx.message.create({ data: row(crowd, 'o código XY-9999') });
      await tx.message.createMany({ data: Array.from({ length: 800 }, () => row(crowd, `o código XY-9999 de novo`)) });
      assert.ok(first);
    });
    const { results, degraded } = await search('xy9999', { tenantId, contactId: crowd.contactId, topK: 100 });
    assert.deepEqual([results.length > 0, degraded], [true, []]);
  });
});

function row({ tenantId, channelId, contactId, conversationId, sessionId }: TestConversation, text: string) {
  return {
    ...{
      id: newId(),
      tenantId,
      channelId,
      contactId,
      conversationId,
      sessionId,
      fromMe: false,
      contentType: 'text',
      text,
    },
    ...{ status: 'delivered', source: 'webhook', agentId: '00000000-0000-0000-0000-000000000099', sentAt: new Date() },
  };
}
