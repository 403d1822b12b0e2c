import assert from 'node:assert/strict';
import { addNote, updateNote } from '../../core/crm/notes';
import { searchMemory } from '../../core/memory';
import { embedMessages, embedNote, embedSummary } from '../../core/memory/embed-texts';
import { splitText } from '../../core/memory/split-text';
import { sessionToSummarize, storeSummary } from '../../core/memory/summaries/store';
import { changeBudget, createBudget } from '../../core/money/budgets';
import type { Fault } from '../../simulator';
import { attempt, startBench, type Bench } from '../enrichment/support';
import { newConversation, say, type TestConversation } from './fixtures';

const ACTOR = { by: 'system' as const };
const CONTRACT = [
  'O prazo de entrega é de trinta dias contados do pagamento. ',
  'A multa por rescisão antecipada é de dez por cento do valor. ',
].map((sentence) => sentence.repeat(30));

const REJECTED: Fault = {
  kind: 'status',
  status: 400,
  body: { error: { code: 400, status: 'INVALID_ARGUMENT' } },
};
const DOWN: Fault = { kind: 'status', status: 503, body: { error: { code: 503, status: 'UNAVAILABLE' } } };
const THREE_NUMBERS = { embeddings: { values: [1, 2, 3], statistics: { token_count: 1, truncated: false } } };

/** `fault` of a call with so many texts. */
const TROUBLES: { name: string; code: string; fault?: (texts: number) => Fault }[] = [
  {
    name: 'refuses it',
    code: 'PROVIDER_REJECTED',
    fault: () => REJECTED,
  },
  {
    name: 'is down',
    code: 'PROVIDER_UNAVAILABLE',
    fault: () => DOWN,
  },
  {
    name: 'gives vectors of another width',
    code: 'EMBEDDING_DIMENSION_MISMATCH',
    fault: (texts) => ({
      kind: 'status',
      status: 200,
      body: { predictions: Array.from({ length: texts }, () => THREE_NUMBERS) },
    }),
  },
  { name: 'has no budget left', code: 'BUDGET_DEFERRED' },
];

describe('a document is found by words whatever the embedder does', () => {
  let bench: Bench;
  let conversation: TestConversation;

  before(async () => {
    bench = await startBench({ EMBEDDINGS_PROVIDER: 'vertex' });
  });
  beforeEach(async () => {
    await bench.simulator.reset();
    conversation = await newConversation(bench.deps.db, bench.tenantId);
  });
  after(() => bench.stop());

  /** Each writes something and returns how its vector is asked for. */
  const kinds = {
    async note() {
      const { inTenant, tenantId, deps } = bench;
      const content = 'A multa por rescisão foi perdoada pela diretora';
      const { id: noteId } = await inTenant((tx) =>
        addNote(tx, tenantId, { contactId: conversation.contactId, content, actor: ACTOR }),
      );
      return () => embedNote(deps, { tenantId, noteId }, attempt());
    },
    async session_summary() {
      const { inTenant, tenantId, deps } = bench;
      const { sessionId } = conversation;
      for (const text of ['bom dia', 'quero cancelar', 'obrigado']) await say(deps.db, conversation, { text });
      await inTenant(async (tx) => {
        await tx.session.updateMany({
          where: { tenantId, id: sessionId },
          data: { status: 'ended', endedAt: new Date() },
        });
        const session = await sessionToSummarize(tx, tenantId, sessionId);
        assert.ok(session);
        const summary = {
          summary: 'Perguntou da multa por rescisão.',
          topics: [],
          sentiment: 'neutral' as const,
          sentimentScore: 0,
          outcome: 'Ficou de pensar.',
          resolved: false,
          escalated: false,
          converted: false,
          nextSteps: [],
          keyEntities: [],
        };
        await storeSummary(tx, tenantId, { session, summary, model: 'm', readAt: new Date() });
      });
      return () => embedSummary(deps, { tenantId, sessionId }, attempt());
    },
    async document() {
      const { tenantId, deps } = bench;
      const messageId = await say(deps.db, conversation, {
        text: null,
        contentType: 'document',
        extractedText: CONTRACT.join('\n'),
      });
      return () => embedMessages(deps, { tenantId, messageIds: [messageId] }, attempt());
    },
  };

  const parts = async () => (await splitText({ text: CONTRACT.join('\n'), pageStarts: null }, 10)).length;

  async function found(type: string, query = 'multa por rescisão'): Promise<string[]> {
    const { deps, tenantId } = bench;
    const { results } = await searchMemory(deps.db, {
      tenantId,
      contactId: conversation.contactId,
      query,
      queryVector: { vector: null, reason: 'not asked for' },
      strategy: 'keyword_only',
      types: [type],
      topK: 10,
    });
    // The message of a document is of the same type as its parts.
    const documents = results.filter(({ metadata }) => type !== 'document' || metadata['chunk_index'] !== undefined);
    return documents.map(({ content }) => content);
  }

  /** Rows of this type, and how many have a vector. */
  const rows = async (contentType: string) => {
    const [counted] = await bench.inTenant(
      (tx) => tx.$queryRaw<{ all: number; filled: number }[]>`
        select count(*)::int as all, count(embedding)::int as filled from memory_embeddings
        where contact_id = ${conversation.contactId}::uuid and content_type = ${contentType}`,
    );
    return counted;
  };

  for (const kind of ['note', 'session_summary', 'document'] as const) {
    for (const { name, code, fault } of TROUBLES) {
      it(`a ${kind} when it ${name}, with its vector once that is over`, async () => {
        const { simulator, inTenant, tenantId } = bench;
        const embed = await kinds[kind]();
        const budget = fault
          ? null
          : await inTenant((tx) => createBudget(tx, tenantId, { scope: 'tenant', period: 'day', capMicros: 0 }));
        // Of a document its message and its parts are one call.
        if (fault) simulator.fault('vertex', fault(kind === 'document' ? 1 + (await parts()) : 1));
        await assert.rejects(embed(), { code });
        const [best] = await found(kind);
        assert.match(best ?? '', /multa por rescisão/);
        const { all, filled } = (await rows(kind)) ?? { all: 0, filled: 0 };
        assert.deepEqual([all >= 1, filled], [true, 0]);

        simulator.clearFaults();
        if (budget) await inTenant((tx) => changeBudget(tx, tenantId, budget.id, { capMicros: 1_000_000 }));
        await embed();
        assert.deepEqual(await rows(kind), { all, filled: all });
        await embed();
        assert.deepEqual(await rows(kind), { all, filled: all }, 'once only');
        if (budget) await inTenant((tx) => tx.budget.deleteMany({ where: { tenantId } }));
      });
    }
  }

  it('a part that is refused stays when the others have their vectors', async () => {
    const embed = await kinds.document();
    // The batch, its message, and the first of the parts.
    bench.simulator.fault('vertex', REJECTED, { times: 3 });
    await assert.rejects(embed(), { code: 'PROVIDER_REJECTED' });
    const { all, filled } = (await rows('document')) ?? { all: 0, filled: 0 };
    assert.deepEqual([all > 1, filled], [true, all - 1]);
    assert.equal((await found('document', 'prazo de entrega multa por rescisão')).length, all);
  });

  it('a note that says something else by then is not found by what it said', async () => {
    const { inTenant, tenantId } = bench;
    const embed = await kinds.note();
    bench.simulator.fault('vertex', DOWN);
    await assert.rejects(embed(), { code: 'PROVIDER_UNAVAILABLE' });
    const { id: noteId } = await inTenant((tx) =>
      tx.note.findFirstOrThrow({ where: { contactId: conversation.contactId } }),
    );
    await inTenant((tx) =>
      updateNote(tx, tenantId, { noteId, changes: { content: 'Vai pagar em maio' }, actor: ACTOR }),
    );
    assert.deepEqual(await found('note'), []);
    bench.simulator.clearFaults();
    await embed();
    assert.deepEqual(await found('note', 'pagar em maio'), ['Vai pagar em maio']);
  });
});
