import assert from 'node:assert/strict';
import { Client } from 'pg';
import { createDatabase, type Database } from '../../core/database';
import { migrate } from '../../core/database/migrate';
import { isAppError } from '../../core/errors';
import { eraseContact } from '../../core/memory/forgetting/erase-contact';
import { requestErasure } from '../../core/memory/forgetting/erasures';
import { endProjection, projectNext } from '../../core/memory/graph/projection/project';
import { requestProjection } from '../../core/memory/graph/projection/request';
import { testDatabase, testDatabaseUrl, testPreparedStatements } from '../support/database';
import { withEmptyDatabase } from '../support/empty-database';
import { newTenant } from '../support/tenant';
import { newConversation, say, type TestConversation } from './fixtures';

const HOSTILE = [
  `$$) as (a agtype); drop table graph_edges; --`,
  `'}) DETACH DELETE n //`,
  `"}::vertex, {"label": "Contact"`,
  `\\u0027 \\" \\ \${x} $1 %I`,
  'Zé 😀 \n\t',
];

describe('the graph is projected for Cypher', () => {
  const db = testDatabase();
  let conversation: TestConversation;
  beforeEach(async () => {
    conversation = await newConversation(db, (await newTenant(db)).tenantId);
  });
  after(() => db.close());

  async function project({ tenantId }: TestConversation, of: Database = db) {
    const { id } = await of.withTenant(tenantId, (tx) => requestProjection(tx, tenantId));
    const ref = { tenantId, projectionId: id };
    for (;;) {
      const step = await projectNext(of, ref);
      if (step.phase !== 'done') continue;
      await endProjection(of, ref);
      return step;
    }
  }

  /** What a query answers to the application's role as this tenant, in one column. */
  async function cypher(tenantId: string, query: string): Promise<string[]> {
    const client = new Client({ connectionString: testDatabaseUrl() });
    await client.connect();
    try {
      await client.query(`load 'age'`);
      await client.query('begin');
      await client.query(
        `select set_config('app.tenant_id', $1, true), set_config('role', 'ventros_app', true),
           set_config('search_path', 'ag_catalog, public', true)`,
        [tenantId],
      );
      const { rows } = await client.query<{ value: string }>(
        `select value::text from cypher('ventros_graph', $cypher$ ${query} $cypher$) as (value agtype)`,
      );
      return rows.map(({ value }) => value).sort();
    } finally {
      await client.query('rollback');
      await client.end();
    }
  }

  it('with every node and edge, whatever they are called', async () => {
    const { tenantId, contactId } = conversation;
    await say(db, conversation, { text: 'fechei com a Marina Souza por R$ 1.500,00' });
    await db.withTenant(tenantId, (tx) =>
      tx.contact.updateMany({ where: { id: contactId }, data: { name: HOSTILE[0] ?? '', tags: HOSTILE } }),
    );
    const { verticesDone, edgesDone } = await project(conversation);
    const there = await db.withTenant(tenantId, async (tx) => ({
      vertices: (await tx.$queryRaw<unknown[]>`select from graph_vertices where tenant_id = ${tenantId}::uuid`).length,
      edges: await tx.graphEdge.count({ where: { tenantId } }),
    }));
    assert.deepEqual([verticesDone, edgesDone], [there.vertices, there.edges]);
    assert.deepEqual(await cypher(tenantId, 'MATCH (c:Contact) RETURN c.name'), [HOSTILE[0]]);
    assert.deepEqual(await cypher(tenantId, 'MATCH (:Contact)-[:TAGGED]->(t:Tag) RETURN t.name'), HOSTILE.toSorted());
    assert.deepEqual(
      await cypher(
        tenantId,
        'MATCH (:Contact)-[:HAS_SESSION]->(:Session)-[:CONTAINS]->(:Message)-[:MENTIONS]->(e:Entity) RETURN e.name',
      ),
      ['#1500', 'Marina Souza'],
    );
  });

  it('of one tenant, whom nobody else sees and who writes nowhere else', async () => {
    await say(db, conversation, { text: 'oi' });
    await project(conversation);
    const stranger = (await newTenant(db)).tenantId;
    assert.deepEqual(await cypher(stranger, 'MATCH (n) RETURN n'), []);
    assert.deepEqual(await cypher(stranger, 'MATCH ()-[e]->() RETURN e'), []);
    await assert.rejects(cypher(stranger, `CREATE (n:Contact {tenant_id: '${conversation.tenantId}'}) RETURN n`));
    for (const label of ['Contact" (properties) values (null); --', '_ag_label_vertex', 'HAS_SESSION'])
      await assert.rejects(
        db.withTenant(stranger, (tx) => tx.$queryRaw`select graph_project_vertices(${label}, '[]', ${stranger}::uuid)`),
        /no vertex label/,
      );
  });

  it('again: what changed is changed, what is gone is gone, what is there is there once', async () => {
    const { tenantId, contactId } = conversation;
    await say(db, conversation, { text: 'falei com a Marina' });
    await project(conversation);
    await db.withTenant(tenantId, async (tx) => {
      await tx.message.updateMany({ where: { tenantId }, data: { text: 'falei com a Paula' } });
      await tx.contact.updateMany({ where: { id: contactId }, data: { name: 'Outra' } });
    });
    const { removed } = await project(conversation);
    assert.equal(removed, 1);
    assert.deepEqual(await cypher(tenantId, 'MATCH (:Message)-[:MENTIONS]->(e) RETURN e.name'), ['Paula']);
    assert.deepEqual(await cypher(tenantId, 'MATCH (c:Contact) RETURN c.name'), ['Outra']);
    await project(conversation);
    assert.deepEqual(await cypher(tenantId, 'MATCH (:Session)-[c:CONTAINS]->(m) RETURN m.direction'), ['inbound']);
  });

  it('from where it was when it is interrupted', async () => {
    const { tenantId } = conversation;
    await say(db, conversation, { text: 'oi' });
    const { id } = await db.withTenant(tenantId, (tx) => requestProjection(tx, tenantId));
    const first = await projectNext(db, { tenantId, projectionId: id });
    assert.deepEqual([first.phase, first.verticesDone], ['vertices', 1]);
    const again = await db.withTenant(tenantId, (tx) => requestProjection(tx, tenantId));
    assert.equal(again.id, id);
    const { verticesDone } = await project(conversation);
    assert.equal(verticesDone, 3);
  });

  it('and a forgotten contact is forgotten there too', async () => {
    const { tenantId, contactId } = conversation;
    await say(db, conversation, { text: 'falei com a Marina' });
    await project(conversation);
    const { id } = await db.withTenant(tenantId, (tx) =>
      requestErasure(tx, tenantId, { contactId, scope: 'memory', apiKeyId: null }),
    );
    await eraseContact(db, { tenantId, erasureId: id });
    assert.deepEqual(await cypher(tenantId, 'MATCH (n) RETURN n.name'), ['Cliente']);
    assert.deepEqual(await cypher(tenantId, 'MATCH ()-[e]->() RETURN e'), []);
  });

  it('and refused by its code where the database has no Apache AGE', () =>
    withEmptyDatabase(async (url) => {
      await migrate(url);
      const owner = new Client({ connectionString: url });
      await owner.connect();
      await owner.query('drop function graph_project_forget');
      await owner.end();
      const own = createDatabase({ url, maxConnections: 2, preparedStatements: testPreparedStatements() === 'true' });
      try {
        const { tenantId } = await newTenant(own);
        const asked = own.withTenant(tenantId, (tx) => requestProjection(tx, tenantId));
        await assert.rejects(asked, (error) => isAppError(error, 'GRAPH_EXTENSION_MISSING'));
      } finally {
        await own.close();
      }
    }));
});
