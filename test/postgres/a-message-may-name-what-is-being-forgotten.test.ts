import assert from 'node:assert/strict';
import { newConversation, say } from '../memory/fixtures';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { newTenant } from '../support/tenant';

describe('a message may name what is being forgotten', () => {
  const db = testDatabase();
  after(() => db.close());

  it('and is stored, without a link to what is gone', async () => {
    const { tenantId } = await newTenant(db);
    const forgotten = await newConversation(db, tenantId);
    const other = await newConversation(db, tenantId);
    await say(db, forgotten, { text: 'falei com a Marina' });
    const edgesOf = (contactId: string) => ({ where: { tenantId, contactId, kind: 'MENTIONS' } });
    let said: Promise<string> | undefined;
    await db.withTenant(tenantId, async (tx) => {
      await tx.graphEdge.deleteMany(edgesOf(forgotten.contactId));
      assert.equal((await tx.graphNode.deleteMany({ where: { tenantId, type: 'entity' } })).count, 1);
      let isStored = false;
      said = say(db, other, { text: 'também falei com a Marina' }).then((id) => {
        isStored = true;
        return id;
      });
      await eventually('the message is stored, or waits', async () => {
        const waiting = await tx.$queryRaw<unknown[]>`
          select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`;
        return isStored || waiting.length > 0;
      });
    });
    const messageId = await said;
    await db.withTenant(tenantId, async (tx) => {
      assert.ok(await tx.message.findFirst({ where: { tenantId, id: messageId } }));
      assert.deepEqual(await tx.graphEdge.findMany(edgesOf(other.contactId)), []);
    });
    await say(db, other, { text: 'e de novo com a Marina' });
    assert.equal(await db.withTenant(tenantId, (tx) => tx.graphEdge.count(edgesOf(other.contactId))), 1);
  });
});
