import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { storeFacts } from '../../core/memory';
import { newConversation, say } from '../memory/fixtures';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { generateStubs, pythonEnvironment, runClient } from './python/environment';
import { startServer } from './server';

const reportSchema = z.object({
  stored: z.object({ id: z.string(), success: z.boolean() }),
  search: z.object({
    contents: z.array(z.string()),
    sources: z.array(z.string()),
    similarity: z.array(z.number()),
    title: z.string().nullable(),
    strategy: z.string(),
  }),
  extracted: z.array(z.string()),
  facts: z.array(z.object({ type: z.string(), text: z.string(), extracted_at: z.string() })),
  refused: z.object({ code: z.string(), hasReason: z.boolean() }),
  health: z.string(),
  services: z.array(z.string()),
  methods: z.array(z.string()),
  resolved: z.record(z.string(), z.string()),
});

describe('a Python client of the same proto works', function () {
  this.timeout(360_000);
  const db = testDatabase();
  const folder = mkdtempSync(path.join(tmpdir(), 'ventros-python-'));
  let python = '';

  before(async function () {
    const environment = await pythonEnvironment();
    if ('missing' in environment) {
      // Where every change is judged a test that did not run must not look like one that passed.
      assert.notEqual(process.env['CI'], 'true', `no Python with grpcio here: ${environment.missing}`);
      process.stderr.write(`skipped: no Python with grpcio here (${environment.missing})\n`);
      this.skip();
    } else {
      python = environment.python;
      await generateStubs(python, folder);
    }
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await db.close();
  });

  it('calls all four RPCs, health and reflection, with gzip', async () => {
    const { tenantId, apiKey } = await newTenant(db);
    const conversation = await newConversation(db, tenantId);
    const messageId = await say(db, conversation, { text: 'Meu orçamento é 45 mil' });
    const [fact] = await db.withTenant(tenantId, (tx) =>
      storeFacts(tx, tenantId, {
        contactId: conversation.contactId,
        model: 'test',
        facts: [
          {
            type: 'budget',
            text: 'O orçamento é de 45 mil reais.',
            confidence: 0.7,
            sourceMessageId: messageId,
            saidAt: new Date(),
            startsAt: null,
            endsAt: null,
          },
        ],
      }),
    );
    const server = await startServer(db, { extractFacts: async () => [fact?.id ?? ''] });
    try {
      const printed = await runClient(python, [folder, server.address, apiKey, conversation.contactId, messageId]);
      const report = reportSchema.parse(printed);
      assert.equal(report.stored.success, true);
      assert.deepEqual(report.search.contents, ['Manual da lavadora: trocar o filtro a cada seis meses']);
      assert.deepEqual(report.search.sources, ['message']);
      assert.equal(report.search.title, 'Manual');
      assert.equal(report.search.strategy, 'SEARCH_STRATEGY_HYBRID');
      assert.deepEqual(report.extracted, ['O orçamento é de 45 mil reais.']);
      assert.equal(report.facts[0]?.type, 'budget');
      assert.deepEqual(report.refused, { code: 'INVALID_ARGUMENT', hasReason: true });
      assert.equal(report.health, 'SERVING');
      assert.deepEqual(report.methods, [
        'AddFact',
        'ExtractFacts',
        'FindSimilarContacts',
        'GetContactContext',
        'GetContactFacts',
        'GetImport',
        'ImportMessages',
        'InvalidateFact',
        'SearchMemory',
        'StoreEmbedding',
      ]);
      assert.equal(report.resolved['created_at'], 'google.protobuf.Timestamp');
      assert.ok(report.services.includes('ventros.memory.v1.MemoryService'));
      assert.ok(report.services.includes('grpc.health.v1.Health'));
    } finally {
      await server.stop();
    }
  });
});
