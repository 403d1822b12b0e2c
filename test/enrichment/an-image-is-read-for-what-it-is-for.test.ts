import assert from 'node:assert/strict';
import { contextOfCaption, VISION_CONTEXTS, type VisionContext } from '../../core/enrichment/contexts';
import { factsForm } from '../../core/enrichment/fields';
import { visionPrompt } from '../../core/enrichment/prompts';
import { describeImage } from '../../core/enrichment/read-image';
import { fixture } from '../media/fixtures';
import { assertFailsWith } from '../providers/support';
import { attempt, newEnrichment, startBench, type Bench } from './support';

const RECEIPT = {
  company: 'Padaria Sol',
  cnpj: '12.345.678/0001-90',
  date: '2026-03-12',
  total: 37.5,
  number: null,
  items: [{ description: 'Pão', quantity: 5, total: 37.5 }],
};

describe('an image is read for what it is for', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench();
  });
  beforeEach(() => bench.simulator.reset());
  after(() => bench.stop());

  let salt = 0;
  async function imageFor(context: VisionContext) {
    const bytes = Buffer.concat([await fixture('photo.jpg'), Buffer.from(`${context}${salt++}`)]);
    const ref = await newEnrichment(bench, { bytes, mimeType: 'image/jpeg', contentType: 'image' });
    await bench.inTenant((tx) =>
      tx.messageEnrichment.updateMany({ where: { id: ref.enrichmentId }, data: { context } }),
    );
    return ref;
  }
  const read = async (context: VisionContext) => {
    const ref = await imageFor(context);
    await describeImage(bench.deps, { ...ref, provider: 'vertex' }, attempt());
    return row(ref.enrichmentId);
  };
  const row = (id: string) => bench.inTenant((tx) => tx.messageEnrichment.findFirstOrThrow({ where: { id } }));
  const costs = (enrichmentId: string) => bench.inTenant((tx) => tx.aiCost.findMany({ where: { enrichmentId } }));
  const answers = (...texts: { promptIncludes?: string; text: string }[]) =>
    bench.simulator.script({ vision: texts.map(({ text, ...match }) => ({ match, text })) });
  interface VertexBody {
    contents: { parts: { text?: string }[] }[];
    generationConfig: { maxOutputTokens: number; responseSchema?: { type: string }; responseMimeType?: string };
  }
  const asked = () => bench.simulator.requests('vertex').map(({ body }) => body as VertexBody);

  it('with a prompt and a limit of its own in every context', async () => {
    const limits: Partial<Record<VisionContext, number>> = {
      chat_message: 300,
      chat_receipt: 500,
      automation_invoice: 800,
    };
    for (const context of VISION_CONTEXTS) {
      const { status, metadata } = await read(context);
      assert.equal(status, 'completed', context);
      const { prompt, fields } = metadata as { prompt: string; fields?: object };
      assert.equal(prompt, `${context}-1`);
      const request = asked().at(-1)?.generationConfig;
      assert.equal(request?.maxOutputTokens, limits[context] ?? visionPrompt(context).maxOutputTokens);
      assert.equal(request?.responseMimeType, factsForm(context) ? 'application/json' : undefined);
      assert.equal(fields !== undefined, factsForm(context) !== null, context);
    }
  });

  it('a receipt becomes facts, and a text that people can read', async () => {
    answers({ text: JSON.stringify(RECEIPT) });
    const { metadata, extractedText } = await read('chat_receipt');
    assert.deepEqual((metadata as { fields: object }).fields, RECEIPT);
    assert.equal(
      extractedText,
      [
        'Empresa: Padaria Sol',
        'CNPJ: 12.345.678/0001-90',
        'Data: 2026-03-12',
        'Total: 37.5',
        'Itens:',
        '- item: Pão, quantidade: 5, valor: 37.5',
      ].join('\n'),
    );
  });

  it('of an identity card the text shows no number, the facts do', async () => {
    const card = {
      document_type: 'RG',
      name: 'Ana',
      number: '123456789',
      birth_date: '1990-01-02',
      issued_at: null,
      valid_until: null,
    };
    answers({ text: JSON.stringify(card) });
    const { metadata, extractedText } = await read('automation_id');
    assert.ok(extractedText?.includes('Número: •••789') && !extractedText.includes('123456789'));
    assert.equal((metadata as { fields: typeof card }).fields.number, '123456789');
  });

  it('facts that need more room get it once, and both calls are paid', async () => {
    const long = { ...RECEIPT, items: Array.from({ length: 60 }, () => RECEIPT.items[0]) };
    answers({ text: JSON.stringify(long) });
    const { id, metadata, costMicros } = await read('chat_receipt');
    assert.equal((metadata as { fields: typeof long }).fields.items.length, 60);
    assert.deepEqual(
      asked().map(({ generationConfig }) => generationConfig.maxOutputTokens),
      [500, 1000],
    );
    const paid = await costs(id);
    assert.equal(paid.length, 2);
    assert.equal(
      costMicros,
      paid.reduce((sum, cost) => sum + cost.costMicros, 0n),
    );
  });

  it('what is not in the form is asked for once more, saying what was wrong and not what was written', async () => {
    answers(
      { promptIncludes: 'não serviu', text: JSON.stringify(RECEIPT) },
      { text: JSON.stringify({ ...RECEIPT, total: 'trinta e sete' }) },
    );
    const { metadata } = await read('chat_receipt');
    assert.deepEqual((metadata as { fields: object }).fields, RECEIPT);
    const repair =
      asked()[1]
        ?.contents[0]?.parts.map(({ text }) => text ?? '')
        .join('') ?? '';
    assert.ok(repair.includes('total (invalid_type)') && !repair.includes('trinta'));
  });

  it('an answer that never comes in the form is a clear code, and is paid', async () => {
    for (const text of ['<html>Service</html>', '{"company": "Pad', 'null', '[]', '"'.repeat(900)]) {
      answers({ text });
      const ref = await imageFor('chat_receipt');
      const failure = await assertFailsWith(
        describeImage(bench.deps, { ...ref, provider: 'vertex' }, attempt()),
        'MODEL_OUTPUT_INVALID',
      );
      assert.ok(!failure.message.includes(text.slice(0, 8)));
      const paid = await costs(ref.enrichmentId);
      assert.ok(paid.length >= 2 && paid.every(({ status }) => status === 'settled'), JSON.stringify(text));
      assert.equal((await row(ref.enrichmentId)).extractedText, null);
    }
  });

  it('a caption chooses the context, and most choose none', () => {
    const cases: [string | null, VisionContext][] = [
      [null, 'chat_message'],
      ['É esta aqui', 'chat_message'],
      ['Segue o comprovante', 'chat_receipt'],
      ['fiz o pix agora', 'chat_receipt'],
      ['Tem esse na cor azul?', 'chat_product'],
      ['Assinei o contrato', 'chat_document'],
    ];
    for (const [caption, context] of cases) assert.equal(contextOfCaption(caption), context, String(caption));
  });
});
