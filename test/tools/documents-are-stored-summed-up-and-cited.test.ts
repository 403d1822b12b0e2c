import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId } from '../../core/ids';
import { storeMediaFile } from '../../core/media/media-files';
import { deleteQueuedMedia } from '../../core/memory/forgetting/delete-media';
import { startSimulator, type Simulator } from '../../simulator';
import { newThread } from '../api/fixtures';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

const PRICES = 'Tabela de preços\nPlano Lua: R$ 90 por mês.\nPlano Sol: R$ 190 por mês.';
const BROKEN = { kind: 'status', status: 500 } as const;

describe('documents are stored, summed up and cited by tools', () => {
  let api: TestApi;
  let simulator: Simulator;
  let files: Server;
  let base: string;
  before(async () => {
    simulator = await startSimulator();
    files = createServer((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
      else response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(PRICES);
    });
    await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
    const host = `127.0.0.1:${(files.address() as AddressInfo).port}`;
    base = `http://${host}`;
    api = await startTestApi({
      OPENAI_API_KEY: 'test',
      OPENAI_BASE_URL: `${simulator.urls.openai}/v1`,
      ALLOWED_PRIVATE_HOSTS: host,
    });
  });
  beforeEach(() => simulator.reset());
  after(async () => {
    await api.close();
    files.closeAllConnections();
    await new Promise((resolve) => files.close(resolve));
    await simulator.stop();
  });

  async function shop() {
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const thread = await newThread(api.deps.db, tenantId);
    const call = (tool_name: string, args: object, { dryRun = false, idempotencyKey = '', as = key } = {}) =>
      api.request('POST', '/api/v1/mcp/execute', {
        key: as,
        json: { tool_name, arguments: args, dry_run: dryRun },
        ...(idempotencyKey ? { headers: { 'idempotency-key': idempotencyKey } } : {}),
      });
    const inTenant: typeof api.deps.db.withTenant = api.deps.db.withTenant;
    const documents = () => inTenant(tenantId, (tx) => tx.knowledgeDocument.findMany({ where: { tenantId } }));
    const readings = () =>
      inTenant(tenantId, (tx) => tx.messageEnrichment.findMany({ where: { tenantId, messageId: null } }));
    const ledger = () => inTenant(tenantId, (tx) => tx.aiCost.findMany({ where: { tenantId, operation: 'language' } }));
    /** A document that was read for a contact. */
    const read = async (text: string) => {
      const id = newId();
      await inTenant(tenantId, (tx) =>
        tx.messageEnrichment.create({
          data: {
            ...{ id, tenantId, contactId: thread.contactId, contentType: 'document', fileName: 'Contrato' },
            ...{ status: 'completed', extractedText: text },
          },
        }),
      );
      return id;
    };
    return { tenantId, key, call, inTenant, documents, readings, ledger, read, ...thread };
  }

  it('from an address into the knowledge base, once, and not in a dry run', async () => {
    const { tenantId, key, call, documents } = await shop();
    const args = { file: `${base}/precos.txt`, title: 'Preços', type: 'price_list' };
    const rehearsed = await call('upload_document', args, { dryRun: true });
    assert.equal(rehearsed.status, 200, rehearsed.text);
    assert.deepEqual(await documents(), []);
    const sha256 = createHash('sha256').update(PRICES).digest('hex');
    const kept = async () => {
      await deleteQueuedMedia(api.deps, tenantId);
      return api.deps.mediaStore.read(tenantId, sha256);
    };
    await assert.rejects(kept(), { code: 'NOT_FOUND' });
    const { body } = await call('upload_document', args, { idempotencyKey: 'k' });
    const again = await call('upload_document', args, { idempotencyKey: 'k' });
    assert.equal(again.body.result.document_id, body.result.document_id);
    const [only, ...more] = await documents();
    assert.deepEqual(
      [only?.id, only?.title, only?.documentType, only?.fileName, more.length],
      [body.result.document_id, 'Preços', 'price_list', 'precos.txt', 0],
    );
    assert.deepEqual([body.result.owner, body.result.mime_type], ['company', 'text/plain']);
    assert.equal((await kept()).toString(), PRICES);
    const made = await api.request('POST', '/api/v1/api-keys', { key, json: { name: 'Lê', scopes: ['memory.view'] } });
    assert.equal((await call('upload_document', args, { as: made.body.key })).status, 403);
  });

  it('from a medium into the documents of a contact, where they are found, and not among those of another', async () => {
    const { tenantId, call, inTenant, contactId, readings } = await shop();
    const stored = await api.deps.mediaStore.put(tenantId, Buffer.from(PRICES));
    const mediaId = await inTenant(tenantId, (tx) =>
      storeMediaFile(tx, tenantId, { ...stored, mimeType: 'text/plain' }),
    );
    const args = { file: mediaId, title: 'Contrato da Maria', type: 'contract' };
    const { body } = await call('upload_document', { ...args, contact_id: contactId });
    const [reading] = await readings();
    assert.deepEqual(
      [reading?.id, reading?.contactId, reading?.context, body.result.owner],
      [body.result.document_id, contactId, 'pipeline_contract', 'contact'],
    );
    await inTenant(tenantId, (tx) =>
      tx.messageEnrichment.updateMany({
        where: { tenantId, id: reading?.id ?? '' },
        data: { status: 'completed', extractedText: PRICES },
      }),
    );
    const { body: found } = await call('search_documents', { contact_id: contactId, query: 'plano sol' });
    assert.deepEqual(
      found.result.documents.map((row: Record<string, unknown>) => [row['document_id'], row['title']]),
      [[reading?.id, 'Contrato da Maria']],
    );
    const other = await inTenant(tenantId, (tx) =>
      tx.contact.create({ data: { id: newId(), tenantId, name: 'João' } }),
    );
    const own = await call('get_document', { contact_id: contactId, document_id: reading?.id });
    assert.equal(own.body.result.text, PRICES);
    const strange = await call('get_document', { contact_id: other.id, document_id: reading?.id });
    assert.deepEqual([strange.status, strange.body.code], [404, 'NOT_FOUND']);
  });

  it('never from an address inside, nor from one that leads there', async () => {
    const { call, documents } = await shop();
    for (const file of ['http://169.254.169.254/latest/meta-data', 'http://10.0.0.8/x.pdf', `${base}/moved`]) {
      const { status, body } = await call('upload_document', { file, title: 'x' });
      assert.equal(body.code, 'URL_FORBIDDEN', `${file}: ${status}`);
    }
    assert.deepEqual(await documents(), []);
  });

  it('a short one in one call, a long one part by part, each paid for', async () => {
    const { call, read, ledger, contactId } = await shop();
    const short = await read('A garantia vale vinte e quatro meses. O frete é grátis.');
    const { body } = await call('summarize_document', { contact_id: contactId, document_id: short });
    assert.deepEqual(
      [body.result.summary, body.result.parts, body.result.is_partial],
      ['A garantia vale vinte e quatro meses.', 1, false],
    );
    const page = `${'Cláusula com o que foi combinado entre as partes. '.repeat(800)}\n`;
    const long = await read(`Começo do contrato. ${page.repeat(10)}`);
    const { body: whole } = await call('summarize_document', { contact_id: contactId, document_id: long });
    assert.deepEqual([whole.result.parts, whole.result.is_partial], [8, true]);
    assert.match(whole.result.summary, /^Começo do contrato\./);
    const rows = await ledger();
    assert.equal(rows.length, 1 + 8 + 1);
    assert.ok(rows.every(({ status, contactId: of }) => status === 'settled' && of === contactId));
  });

  it('not at all when no model answers, and nothing is paid then', async () => {
    const { call, read, ledger } = await shop();
    const id = await read('A garantia vale vinte e quatro meses.');
    simulator.fault('openai', BROKEN);
    const failed = await call('summarize_document', { document_id: id });
    assert.deepEqual([failed.status, failed.body.code], [503, 'PROVIDER_UNAVAILABLE']);
    assert.deepEqual(
      (await ledger()).map(({ status }) => status),
      ['released'],
    );
    const empty = await call('summarize_document', { document_id: await read('') });
    assert.equal(empty.body.code, 'PRECONDITION_FAILED');
  });

  it('and says who cites one: facts, calls, notes and events', async () => {
    const { tenantId, call, inTenant, contactId, read } = await shop();
    const id = await read('O plano custa R$ 90.');
    await call('get_document', { contact_id: contactId, document_id: id });
    await call('create_note', { contact_id: contactId, content: `Conferido no documento ${id}` });
    await call('create_contact_event', {
      ...{ contact_id: contactId, category: 'milestone', event_type: 'contract_read', description: 'Contrato lido' },
      metadata: { document_id: id },
    });
    const { body } = await call('get_document_references', { reference_type: 'document', reference_id: id });
    const kinds = body.result.references.map((row: Record<string, unknown>) => row['cited_by']);
    assert.deepEqual([...new Set(kinds)].sort(), ['contact_event', 'note', 'tool_call']);
    assert.ok(body.result.references.every((row: Record<string, unknown>) => row['contact_id'] === contactId));

    const said = await inTenant(tenantId, (tx) => tx.message.findFirst({ where: { tenantId } }));
    assert.equal(said, null);
    const missing = await call('get_document_references', { reference_type: 'message', reference_id: id });
    assert.deepEqual([missing.status, missing.body.code], [404, 'NOT_FOUND']);
  });
});
