import assert from 'node:assert/strict';
import { credentials, status as grpcStatus } from '@grpc/grpc-js';
import { createGrpcServer, type GrpcServer } from '../../api/grpc/server';
import { grpcSettings } from '../../api/grpc/settings';
import { MemoryServiceClient } from '../../api/grpc/generated/ventros/memory/v1/memory';
import { createApiDeps } from '../../api/http/create-deps';
import { createLogger } from '../../core/logging/logger';
import { factsWorkflowId } from '../../workflows/facts/ids';
import { newConversation, say } from '../memory/fixtures';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { newTenant } from '../support/tenant';
import { ask, withKey } from './server';

const SAID = 'Meu nome é Helena e meu orçamento para a cozinha é de R$ 45.000';

describe('facts are extracted by their workflow', () => {
  let product: Product;
  let api: ReturnType<typeof createApiDeps>;
  let server: GrpcServer;
  let client: MemoryServiceClient;
  before(async () => {
    product = await startProduct();
    api = createApiDeps(product.config, createLogger('test', 'silent'), { isDraining: () => false });
    server = createGrpcServer(api, grpcSettings(product.config));
    const port = await server.start('127.0.0.1', 0);
    client = new MemoryServiceClient(`127.0.0.1:${port}`, credentials.createInsecure());
  });
  after(async () => {
    client.close();
    await server.drain();
    await api.workflows.close();
    await api.db.close();
    await product.stop();
  });

  /** What the whole of it took on this machine, as busy as it is. */
  let tookMs = 0;
  async function newMessage() {
    const { tenantId, apiKey } = await newTenant(product.db);
    const conversation = await newConversation(product.db, tenantId);
    const messageId = await say(product.db, conversation, { text: SAID });
    const extract = (timeoutMs: number) =>
      ask(client.extractFacts, {
        client,
        metadata: withKey(apiKey),
        request: { tenantId: '', messageId, messageContent: '' },
        timeoutMs,
      });
    const workflow = product.client.workflow.getHandle(factsWorkflowId({ tenantId, turnId: messageId }));
    const stored = () => product.db.withTenant(tenantId, (tx) => tx.memoryFact.findMany({ where: { tenantId } }));
    return { tenantId, contactId: conversation.contactId, extract, workflow, stored };
  }

  it('and answered, and the workflow can be found by tenant, contact and kind', async () => {
    const { tenantId, contactId, extract, workflow, stored } = await newMessage();
    const askedAt = Date.now();
    const { facts } = await extract(90_000);
    tookMs = Date.now() - askedAt;
    assert.ok(facts.length > 0);
    assert.deepEqual(facts.map(({ factId }) => factId).sort(), (await stored()).map(({ id }) => id).sort());
    const { searchAttributes } = await workflow.describe();
    assert.deepEqual(searchAttributes['VentrosTenantId'], [tenantId]);
    assert.deepEqual(searchAttributes['VentrosContactId'], [contactId]);
    assert.deepEqual(searchAttributes['VentrosKind'], ['facts']);
  });

  it('within the deadline; when it passes the client is told so and the work goes on', async () => {
    const { extract, workflow, stored } = await newMessage();
    // Time to check the key and start the workflow, and less than the model takes.
    const deadlineMs = 1_000 + 2 * tookMs;
    product.simulator.fault('openai', { kind: 'delay', ms: 2 * deadlineMs });
    await assert.rejects(extract(deadlineMs), { code: grpcStatus.DEADLINE_EXCEEDED });
    assert.deepEqual(await stored(), []);
    product.simulator.clearFaults();
    await workflow.result();
    assert.ok(await eventually('the facts', async () => (await stored()).length > 0));
  });
});
