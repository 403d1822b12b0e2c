import { endIdleSession } from '../../../core/conversation/sessions';
import { modelOf } from '../../../core/memory/active-model';
import { latestReembedding, requestReembedding } from '../../../core/memory/reembedding/request';
import { requestProjection } from '../../../core/memory/graph/projection/request';
import { requestErasure } from '../../../core/memory/forgetting/erasures';
import { requestDocument } from '../../../core/knowledge/documents';
import { getImport, requestImport } from '../../../core/memory/import/imports';
import { conversationOf, repliesTo, settled } from '../../journeys/support';
import { eventually } from '../../support/eventually';
import { markedFixture } from '../../support/media-bytes';
import type { Product } from '../../support/product';
import type { Scene } from './scene';

/** What is remembered, brought in, summed up and forgotten. */
export const MEMORY_SCENES: Record<string, Scene> = {
  'an-ended-session': async (product, customer, tenantId) => {
    product.simulator.script({
      language: {
        rules: [
          { match: { schemaName: 'session_summary', systemMatches: 'could not be used' }, builtIn: true },
          { match: { schemaName: 'session_summary' }, text: 'Claro!' },
          { match: {}, builtIn: true },
        ],
      },
    });
    await customer.says('Quanto custa a geladeira?');
    await repliesTo(customer, 1);
    await customer.says('Obrigado!');
    await repliesTo(customer, 2);
    await settled(product, tenantId);
    const { id } = await product.db.withTenant(tenantId, (tx) => tx.session.findFirstOrThrow({ where: { tenantId } }));
    await endIdleSession(product.db, { tenantId, sessionId: id, timeoutMs: 0 });
    await eventually('the summary', () =>
      product.db.withTenant(tenantId, (tx) =>
        tx.memoryEmbedding.findFirst({ where: { tenantId, contentType: 'session_summary' } }),
      ),
    );
    product.simulator.script({});
  },
  'a-changed-model': async (product, customer, tenantId) => {
    const before = { provider: 'openai', model: 'text-embedding-3-small' };
    await product.db.withTenant(tenantId, (tx) => tx.memoryModel.create({ data: { tenantId, ...before } }));
    await customer.says('Quanto custa a geladeira?');
    await repliesTo(customer, 1);
    await eventually('a vector', () =>
      product.db.withTenant(tenantId, (tx) => tx.memoryEmbedding.findFirst({ where: { tenantId } })),
    );
    const to = modelOf(product.deps.embeddings);
    await product.db.withTenant(tenantId, (tx) => requestReembedding(tx, tenantId, to));
    const finished = async () => {
      const row = await product.db.withTenant(tenantId, (tx) => latestReembedding(tx, tenantId));
      return row.finishedAt;
    };
    await eventually('the end', finished, 180_000);
  },
  'a-projected-graph': async (product, customer, tenantId) => {
    await customer.says('O pedido AB-1234 chegou?');
    await repliesTo(customer, 1);
    await product.db.withTenant(tenantId, (tx) => requestProjection(tx, tenantId));
    await eventually('the projection', () =>
      product.db.withTenant(tenantId, (tx) =>
        tx.graphProjection.findFirst({ where: { tenantId, status: 'completed' } }),
      ),
    );
  },
  'a-forgotten-contact': async (product, customer, tenantId) => {
    await customer.says('Oi');
    await repliesTo(customer, 1);
    await settled(product, tenantId);
    const { contactId } = await conversationOf(product, tenantId);
    await product.db.withTenant(tenantId, (tx) =>
      requestErasure(tx, tenantId, { contactId, scope: 'memory', apiKeyId: null }),
    );
    await eventually('the erasure', () =>
      product.db.withTenant(tenantId, (tx) => tx.memoryErasure.findFirst({ where: { tenantId, status: 'completed' } })),
    );
  },
  'a-history-import': (product, _customer, tenantId) =>
    importOneMessage(product, tenantId, 'Quanto custa a geladeira?', { gapMinutes: 240 }),
  'an-import-with-facts': (product, _customer, tenantId) =>
    importOneMessage(product, tenantId, 'Meu orçamento é de R$ 45.000', { gapMinutes: 240, factMessages: 10 }),
  'a-document-of-the-company': async (product, _customer, tenantId) => {
    const documents = [
      { bytes: Buffer.from('# Trocas\nEm até 30 dias.'), kind: 'text', mimeType: 'text/markdown' },
      { bytes: markedFixture('order.pdf', tenantId), kind: 'document', mimeType: 'application/pdf' },
      { bytes: markedFixture('encrypted.pdf', tenantId), kind: 'document', mimeType: 'application/pdf' },
    ] as const;
    for (const { bytes, ...media } of documents) {
      const stored = await product.deps.mediaStore.put(tenantId, bytes);
      await product.db.withTenant(tenantId, (tx) =>
        requestDocument(tx, tenantId, { ...stored, media, fileName: null, title: 'Trocas' }),
      );
    }
    await eventually('the documents', async () => {
      const open = await product.db.withTenant(tenantId, (tx) =>
        tx.knowledgeDocument.count({ where: { tenantId, finishedAt: null } }),
      );
      return open === 0;
    });
  },
};

async function importOneMessage(
  product: Product,
  tenantId: string,
  said: string,
  options: { gapMinutes: number; factMessages?: number },
): Promise<void> {
  const line = { contact: { ref: 'c1', name: 'Cliente' }, role: 'customer', text: said };
  const text = JSON.stringify({ ...line, at: '2025-01-01T12:00:00Z', external_id: '1' });
  const stored = await product.deps.mediaStore.put(tenantId, Buffer.from(text));
  const { id } = await product.db.withTenant(tenantId, (tx) =>
    requestImport(tx, tenantId, { source: { kind: 'jsonl', ...stored }, options }),
  );
  await eventually('the import', async () => {
    const row = await product.db.withTenant(tenantId, (tx) => getImport(tx, tenantId, id));
    return row.finishedAt;
  });
}
