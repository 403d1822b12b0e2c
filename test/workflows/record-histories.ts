/**
 * Records one history of every kind of run into test/histories, for the replay test. Run it by hand, with DATABASE_URL
 * (a migrated database of its own) and TEMPORAL_ADDRESS set, when a workflow does something no recorded run did:
 *
 *     npm run build && node dist/test/workflows/record-histories.js [<scene>…]
 *
 * They are written as protobuf: the SDK's own JSON converter fails where npm installs several copies of protobufjs.
 * Add recordings, never replace them: they stand for the runs that are in progress when a new version is deployed.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { temporal } from '@temporalio/proto';
import { ALL_SCOPES } from '../../core/accounts/scopes';
import { resolveApproval } from '../../core/agents/approvals/resolve';
import { requestRun } from '../../core/agents/runs/request';
import { loadRun } from '../../core/agents/runs/store';
import { changeApprovalSettings } from '../../core/agents/approvals/settings';
import { openBatch } from '../../core/agents/replay/batch';
import type { ConversationKey, ConversationMessage } from '../../core/conversation/types';
import { AppError } from '../../core/errors';
import { endIdleSession } from '../../core/conversation/sessions';
import { giveUpEnrichment, retryEnrichment } from '../../core/enrichment/operator-hold';
import { changePeopleSettings } from '../../core/people/settings';
import { projectRoot } from '../../core/project-root';
import { modelOf } from '../../core/memory/active-model';
import { latestReembedding, requestReembedding } from '../../core/memory/reembedding/request';
import { requestProjection } from '../../core/memory/graph/projection/request';
import { changeFollowUp, scheduleFollowUp } from '../../core/crm/follow-ups/follow-ups';
import { requestErasure } from '../../core/memory/forgetting/erasures';
import { requestDocument } from '../../core/knowledge/documents';
import { getImport, requestImport } from '../../core/memory/import/imports';
import { overloaded, unauthorized, type SimulatorScript } from '../../simulator';
import { conversationWorkflowId } from '../../workflows/conversation/ids';
import { messageReceived } from '../../workflows/conversation/messages';
import type { ConversationInput } from '../../workflows/conversation/types';
import { dayReplayWorkflowId } from '../../workflows/day-replay/ids';
import { QUEUES } from '../../workflows/shared/queues';
import { searchAttributes } from '../../workflows/shared/search-attributes';
import { turnWorkflowId } from '../../workflows/turn/ids';
import { resolveApproval as resolveByUpdate } from '../../workflows/turn/messages';
import {
  conversationOf,
  ENCRYPTED_PDF,
  enrichmentsOf,
  handTo,
  newCustomer,
  ORDER_PDF,
  PHOTO,
  repliesTo,
  settled,
  VIDEO,
  VOICE,
  type Customer,
} from '../journeys/support';
import { recording } from '../media/generated';
import { eventually } from '../support/eventually';
import { markedFixture } from '../support/media-bytes';
import { startProduct, type Product } from '../support/product';

const FOLDER = path.join(projectRoot(), 'test/histories');

type Scene = (product: Product, customer: Customer, tenantId: string) => Promise<void>;

const SCENES: Record<string, Scene> = {
  'every-medium': async (_product, customer) => {
    await customer.says('Meu orçamento é até R$ 400');
    for (const medium of [PHOTO, VOICE, VIDEO, ENCRYPTED_PDF]) await customer.sends(medium);
    await repliesTo(customer, 1);
  },
  'a-person-asked-for': async (_product, customer) => {
    await customer.says('Quero falar com um atendente');
    await repliesTo(customer, 1);
    await customer.says('Obrigado');
  },
  'a-deferred-enrichment': async (product, customer, tenantId) => {
    product.simulator.fault('groq', overloaded('groq'));
    product.simulator.fault('openai', overloaded('openai'), { matchPath: 'audio' });
    await customer.sends(VOICE);
    await repliesTo(customer, 1);
    await eventually('the deferral', async () => (await enrichmentsOf(product, tenantId))[0]?.deferredUntil);
    product.simulator.clearFaults();
    await repliesTo(customer, 2);
  },
  'an-operator-hold': async (product, customer, tenantId) => {
    // Refused keys are not tried again at once, so the breaker stays closed for the last round.
    product.simulator.fault('groq', unauthorized('groq'));
    product.simulator.fault('openai', unauthorized('openai'), { matchPath: 'audio' });
    await customer.sends(VOICE);
    await repliesTo(customer, 1);
    const waiting = await eventually('the wait', async () => {
      const [row] = await enrichmentsOf(product, tenantId);
      return row?.deferredUntil ? row : null;
    });
    const retry = () => product.db.withTenant(tenantId, (tx) => retryEnrichment(tx, tenantId, waiting.id));
    await product.db.withTenant(tenantId, (tx) => giveUpEnrichment(tx, tenantId, waiting.id));
    await sleep(2_000);
    await retry();
    await eventually('the second wait', async () => (await enrichmentsOf(product, tenantId))[0]?.deferredUntil);
    product.simulator.clearFaults();
    await retry();
    await eventually('the text', async () => (await enrichmentsOf(product, tenantId))[0]?.status === 'completed');
  },
  'a-long-recording': async (product, customer, tenantId) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'recording-'));
    const file = { path: await recording(folder, { seconds: 660, silences: [[400, 402]] }), mimetype: 'audio/wav' };
    await customer.sends({ type: 'audio', file });
    await eventually('the text', async () => (await enrichmentsOf(product, tenantId))[0]?.status === 'completed');
    rmSync(folder, { recursive: true });
  },
  'a-document-job': async (product, customer) => {
    product.simulator.script({ documents: [{ match: {}, pages: ['# Pedido'], runningMs: 1_000 }] });
    for (const medium of [ORDER_PDF, ENCRYPTED_PDF]) await customer.sends(medium);
    await repliesTo(customer, 1);
    product.simulator.script({});
  },
  'an-unanswered-hand-over': async (product, customer, tenantId) => {
    await product.db.withTenant(tenantId, (tx) => changePeopleSettings(tx, tenantId, { unansweredMinutes: 1 }));
    await customer.says('Quero falar com um atendente');
    await repliesTo(customer, 1);
    await eventually(
      'the escalation',
      () => product.db.withTenant(tenantId, (tx) => tx.conversation.count({ where: { tenantId, escalations: 1 } })),
      90_000,
    );
  },
  'a-dead-model': async (product, customer) => {
    product.simulator.fault('openai', overloaded('openai'));
    await customer.says('Tem alguém aí?');
    await repliesTo(customer, 1);
    product.simulator.clearFaults();
  },
  'tool-limits': async (product, customer) => {
    product.simulator.script({
      language: {
        rules: [
          { match: { schemaName: 'facts' }, builtIn: true },
          {
            match: {},
            toolCalls: [
              { name: 'get_contact_facts', arguments: {} },
              { name: 'nothing', arguments: {} },
            ],
          },
        ],
      },
    });
    await customer.says('Oi');
    await repliesTo(customer, 1);
    product.simulator.script({});
  },
  'the-team': async (product, customer, tenantId) => {
    const settings = { waitSeconds: 10, onExpiry: 'escalate' } as const;
    await product.db.withTenant(tenantId, (tx) => changeApprovalSettings(tx, tenantId, settings));
    const say = async (rules: NonNullable<SimulatorScript['language']>['rules'], said: string, replies: number) => {
      product.simulator.script({
        language: { rules: [{ match: { schemaName: 'facts' }, builtIn: true }, ...(rules ?? [])] },
      });
      await customer.says(said);
      await repliesTo(customer, replies);
    };
    await say([], 'Minha cafeteira não liga, dá erro', 1);
    const honest = { match: { lastUserMatches: 'Verificação interna' }, text: 'Vou verificar e te aviso.' };
    await say([honest, { match: {}, text: 'Agendei a visita para sexta.' }], 'Pode marcar a visita do técnico?', 2);
    const offer = { name: 'create_retention_offer', arguments: { discount_percent: 50, reason: 'preço' } };
    await say([{ match: {}, toolCalls: [offer] }], 'Quero cancelar o plano, ficou caro', 3);
    product.simulator.script({});
  },
  'an-escalation': async (_product, customer) => {
    await customer.says('Vou no Procon, meu advogado vai processar vocês');
    await repliesTo(customer, 1);
  },
  'a-call-that-waits': async (product, customer, tenantId) => {
    product.simulator.script({
      language: {
        rules: [
          { match: { schemaName: 'facts' }, builtIn: true },
          { match: { hasToolResult: false }, toolCalls: [{ name: 'update_contact', arguments: { language: 'pt' } }] },
          { match: { hasToolResult: true }, text: 'Certo!' },
        ],
      },
    });
    const toolPolicies = { update_contact: 'ask' } as const;
    await product.db.withTenant(tenantId, (tx) =>
      changeApprovalSettings(tx, tenantId, { toolPolicies, waitSeconds: 10 }),
    );
    const waiting = () =>
      product.db.withTenant(tenantId, (tx) => tx.approval.findFirst({ where: { tenantId, status: 'pending' } }));
    await customer.says('Oi, meu idioma mudou');
    const { id: approvalId } = await eventually('the call', waiting);
    const by = { userId: null, scopes: ALL_SCOPES };
    const decision = { verb: 'approve', reason: null } as const;
    await resolveApproval(product.db, { tenantId, approvalId, by, decision });
    await repliesTo(customer, 1);
    await customer.says('E agora de novo');
    await eventually('the second call', waiting);
    await repliesTo(customer, 2);
    await customer.says('E mais uma vez');
    const { id, groupId: turnId } = await eventually('the third call', waiting);
    const handle = product.client.workflow.getHandle(turnWorkflowId({ tenantId, turnId }));
    await handle.executeUpdate(resolveByUpdate, { args: [{ approvalId: id, verb: 'reject' }] });
    await repliesTo(customer, 3);
    product.simulator.script({});
  },
  'several-runs': async (product, customer, tenantId) => {
    await product.stopWorking();
    await customer.says('mensagem 0');
    await startWithShortHistory(product, tenantId);
    await product.startWorking();
    for (let number = 1; number < 12; number++) {
      await (number === 3 ? customer.sends(PHOTO) : customer.says(`mensagem ${number}`));
      await sleep(300);
    }
    await repliesTo(customer, 1);
  },
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
  'a-follow-up': async (product, customer, tenantId) => {
    await customer.says('Oi');
    await repliesTo(customer, 1);
    const { contactId, channelId } = await conversationOf(product, tenantId);
    const at = (ms: number) => new Date(Date.now() + ms);
    const actor = { by: 'system' } as const;
    const { id: followUpId } = await product.db.withTenant(tenantId, (tx) =>
      scheduleFollowUp(tx, tenantId, { contactId, channelId, text: 'Ainda quer?', scheduledAt: at(600_000), actor }),
    );
    await sleep(2_000);
    const change = { followUpId, version: 1, changes: { scheduledAt: at(2_000) }, actor };
    await product.db.withTenant(tenantId, (tx) => changeFollowUp(tx, tenantId, change));
    await repliesTo(customer, 2);
  },
  'a-replayed-day': async (product, customer, tenantId) => {
    const rules = (text: string, name: string, args: Record<string, unknown>) => [
      { match: { schemaName: 'facts' }, builtIn: true },
      { match: { hasToolResult: false }, toolCalls: [{ name, arguments: args }] },
      { match: { lastUserMatches: 'Verificação interna' }, text: 'Vou verificar e te aviso.' },
      { match: {}, text },
    ];
    product.simulator.script({ language: { rules: rules('Vamos ver isso juntos.', 'get_contact_facts', {}) } });
    await customer.says('Minha cafeteira não liga, dá erro');
    await repliesTo(customer, 1);
    await customer.says('Agora ela faz barulho');
    await repliesTo(customer, 2);
    await settled(product, tenantId);
    // Told otherwise, the model searches and claims what it did not do; the second day meets a model that is down.
    product.simulator.script({
      language: { rules: rules('Agendei a visita para sexta.', 'search_memory', { query: 'garantia' }) },
    });
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Sao_Paulo' }).format(new Date());
    const replayDay = async () => {
      const { id: batchId } = await product.db.withTenant(tenantId, (tx) =>
        openBatch(tx, tenantId, { day, agentId: null, changes: { instructions: 'Resolva logo.' } }),
      );
      const input = { tenantId, batchId };
      await product.client.workflow.execute('dayReplayWorkflow', {
        workflowId: dayReplayWorkflowId(input),
        taskQueue: QUEUES.workflows,
        args: [input],
        typedSearchAttributes: searchAttributes({ tenantId, kind: 'day-replay' }),
      });
    };
    await replayDay();
    product.simulator.fault('openai', overloaded('openai'));
    await replayDay();
    product.simulator.clearFaults();
    product.simulator.script({});
  },
  'a-history-import': async (product, _customer, tenantId) => {
    const line = { contact: { ref: 'c1', name: 'Cliente' }, role: 'customer', text: 'Quanto custa a geladeira?' };
    const text = JSON.stringify({ ...line, at: '2025-01-01T12:00:00Z', external_id: '1' });
    const stored = await product.deps.mediaStore.put(tenantId, Buffer.from(text));
    const { id } = await product.db.withTenant(tenantId, (tx) =>
      requestImport(tx, tenantId, { source: { kind: 'jsonl', ...stored }, options: { gapMinutes: 240 } }),
    );
    await eventually('the import', async () => {
      const row = await product.db.withTenant(tenantId, (tx) => getImport(tx, tenantId, id));
      return row.finishedAt;
    });
  },
  'memory-is-out': async (product, customer) => {
    const { db } = product.deps;
    const { withTenant } = db;
    db.withTenant = (tenantId, work, options) =>
      work.toString().includes('getContactFacts')
        ? Promise.reject(new AppError('DATABASE_ERROR', 'memory is out'))
        : withTenant(tenantId, work, options);
    await customer.says('Bom dia! Vocês abrem no sábado?');
    await repliesTo(customer, 1);
    db.withTenant = withTenant;
  },
  'taken-over-while-a-call-waits': async (product, customer, tenantId) => {
    const call = { name: 'update_contact', arguments: { language: 'pt' } };
    product.simulator.script({
      language: {
        rules: [
          { match: { schemaName: 'facts' }, builtIn: true },
          { match: {}, toolCalls: [call] },
        ],
      },
    });
    await product.db.withTenant(tenantId, (tx) =>
      changeApprovalSettings(tx, tenantId, { toolPolicies: { update_contact: 'ask' } }),
    );
    await customer.says('Oi, meu idioma mudou');
    await eventually('the call', () =>
      product.db.withTenant(tenantId, (tx) => tx.approval.findFirst({ where: { tenantId, status: 'pending' } })),
    );
    await handTo(product, tenantId, 'human');
    await settled(product, tenantId);
    product.simulator.script({});
  },
  'agents-for-staff': async (product, _customer, tenantId) => {
    const ask = async (key: string, question: string) => {
      const authority = { via: 'rest', userId: null, keyId: null, scopes: ALL_SCOPES } as const;
      const request = { tenantId, agent: { key }, question, contactId: null, authority };
      const { runId } = await product.db.withTenant(tenantId, (tx) => requestRun(tx, request));
      await eventually('the answer', async () => {
        const run = await product.db.withTenant(tenantId, (tx) => loadRun(tx, { tenantId, runId }));
        return run.finishedAt;
      });
    };
    await ask('bi_manager', 'Quantos leads tivemos e como foi o atendimento?');
    await ask('agent_analyzer', 'Como responderam os agentes?');
    const faulty = { queries: [{ tool: 'nothing', arguments_json: '{', why: '' }] };
    product.simulator.script({
      language: {
        rules: [
          { match: { schemaName: 'agent_plan' }, json: faulty },
          { match: {}, text: 'Não sei.' },
        ],
      },
    });
    await ask('bi_manager', 'Quantos leads tivemos?');
    product.simulator.script({});
    product.simulator.fault('openai', overloaded('openai'));
    await ask('agent_analyzer', 'Como responderam os agentes?');
    product.simulator.clearFaults();
  },
  'an-import-with-facts': async (product, _customer, tenantId) => {
    const line = { contact: { ref: 'c1', name: 'Cliente' }, role: 'customer', text: 'Meu orçamento é de R$ 45.000' };
    const text = JSON.stringify({ ...line, at: '2025-01-01T12:00:00Z', external_id: '1' });
    const stored = await product.deps.mediaStore.put(tenantId, Buffer.from(text));
    const { id } = await product.db.withTenant(tenantId, (tx) =>
      requestImport(tx, tenantId, {
        source: { kind: 'jsonl', ...stored },
        options: { gapMinutes: 240, factMessages: 10 },
      }),
    );
    await eventually('the import', async () => {
      const row = await product.db.withTenant(tenantId, (tx) => getImport(tx, tenantId, id));
      return row.finishedAt;
    });
  },
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

/** Nobody writes in them, so nothing settles. */
const WITHOUT_MESSAGES = new Set([
  'agents-for-staff',
  'a-history-import',
  'an-import-with-facts',
  'a-document-of-the-company',
]);

async function startWithShortHistory(product: Product, tenantId: string): Promise<void> {
  const event = await product.db.withSystem((tx) =>
    tx.outboxEvent.findFirstOrThrow({ where: { tenantId, eventType: 'message.created' } }),
  );
  const { conversation, message } = event.eventData as unknown as {
    conversation: ConversationKey;
    message: ConversationMessage;
  };
  const input: ConversationInput = { ...conversation, historyEventLimit: 60 };
  await product.client.workflow.signalWithStart('conversationWorkflow', {
    workflowId: conversationWorkflowId(conversation),
    taskQueue: QUEUES.workflows,
    args: [input],
    signal: messageReceived,
    // A session so short that the run ends while we look.
    signalArgs: [{ ...message, sessionTimeoutMs: 60_000 }],
    typedSearchAttributes: searchAttributes({ tenantId, kind: 'conversation', contactId: conversation.contactId }),
  });
}

/** One file for every run of the tenant. */
async function record(product: Product, scene: string, tenantId: string): Promise<void> {
  const counts = new Map<string, number>();
  for await (const run of product.client.workflow.list({ query: `VentrosTenantId = '${tenantId}'` })) {
    const history = await product.client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    const number = (counts.get(run.type) ?? 0) + 1;
    counts.set(run.type, number);
    const bytes = temporal.api.history.v1.History.encode(history).finish();
    writeFileSync(path.join(FOLDER, `${run.type}.${scene}.${number}.pb.gz`), gzipSync(bytes));
  }
}

async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const wanted = process.argv.slice(2);
  for (const [name, play] of Object.entries(SCENES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const product = await startProduct({
      isPublic: name === 'a-document-job',
      settings: {
        MEDIA_WAIT_MS: '3000',
        ENRICHMENT_DEFERRAL_MS: name === 'an-operator-hold' ? '600000' : '2000',
      },
    });
    try {
      const { tenantId } = await product.newShop({ debounceTimeoutMs: name === 'every-medium' ? 1_000 : 100 });
      await play(product, newCustomer(product), tenantId);
      if (!WITHOUT_MESSAGES.has(name)) await settled(product, tenantId);
      await sleep(3_000);
      await record(product, name, tenantId);
      console.log(`recorded ${name}`);
    } finally {
      await product.stop();
    }
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
