import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { retiredModel, rateLimited, startSimulator, type Simulator } from '../../simulator/index';
import { clientsOf, similarity } from './clients';

const image = Buffer.from('not really a jpeg');
const imageHash = createHash('sha256').update(image).digest('hex');
const model = 'gemini-3.5-flash-lite';
const question = {
  model,
  contents: [
    {
      role: 'user',
      parts: [{ inlineData: { mimeType: 'image/jpeg', data: image.toString('base64') } }, { text: 'Descreva.' }],
    },
  ],
};

describe('the simulated Vertex', () => {
  let simulator: Simulator;
  before(async () => {
    simulator = await startSimulator();
  });
  after(() => simulator.stop());
  afterEach(() => simulator.reset());

  it('describes an image, always in the same words, and bills 1120 tokens for it', async () => {
    const { vertex } = clientsOf(simulator);
    const first = await vertex.models.generateContent(question);
    const second = await vertex.models.generateContent(question);
    assert.ok(first.text?.startsWith(`Imagem ${imageHash.slice(0, 8)}: `), first.text);
    assert.equal(second.text, first.text);
    assert.equal(first.usageMetadata?.promptTokenCount, 1123);
    const [row] = simulator.invoice('vertex');
    assert.equal(row?.images, 1);
    assert.equal(row?.inputTokens, 1123);
    assert.equal(row?.outputTokens, first.usageMetadata?.candidatesTokenCount);
  });

  it('answers with the scripted text of that image and records its hash in place of its bytes', async () => {
    simulator.script({ vision: [{ match: { sha256: imageHash }, text: 'Comprovante de R$ 250,00' }] });
    const answer = await clientsOf(simulator).vertex.models.generateContent(question);
    assert.equal(answer.text, 'Comprovante de R$ 250,00');
    const [request] = simulator.requests('vertex');
    assert.equal(request?.headers.authorization, '[redacted]');
    assert.ok(JSON.stringify(request?.body).includes(`{"sha256":"${imageHash}","sizeBytes":${image.length}}`));
  });

  it('answers JSON that fits the requested schema', async () => {
    const answer = await clientsOf(simulator).vertex.models.generateContent({
      ...question,
      config: {
        responseMimeType: 'application/json',
        responseJsonSchema: {
          type: 'object',
          properties: { text: { type: 'string' }, kind: { enum: ['receipt', 'other'] }, score: { type: 'number' } },
          required: ['text', 'kind', 'score'],
        },
      },
    });
    const parsed: unknown = JSON.parse(answer.text ?? '');
    assert.deepEqual(Object.keys(parsed as object), ['text', 'kind', 'score']);
    assert.equal((parsed as { kind: string }).kind, 'receipt');
  });

  it('embeds texts that share words close together', async () => {
    const { embeddings } = await clientsOf(simulator).vertex.models.embedContent({
      model: 'text-embedding-005',
      contents: [
        'minha geladeira está vazando água',
        'a geladeira continua vazando',
        'qual o prazo de entrega do sofá?',
      ],
      config: { outputDimensionality: 768, taskType: 'RETRIEVAL_DOCUMENT' },
    });
    const [leak, stillLeaking, delivery] = embeddings!.map((embedding) => embedding.values!);
    assert.equal(leak!.length, 768);
    assert.ok(similarity(leak!, stillLeaking!) > 0.5);
    assert.ok(similarity(leak!, delivery!) < 0.2);
    assert.equal(embeddings![0]?.statistics?.tokenCount, 9);
  });

  it('says by 200 that a prompt or an answer was blocked', async () => {
    const { vertex } = clientsOf(simulator);
    simulator.fault('vertex', { kind: 'block' }, { times: 1 });
    simulator.fault('vertex', { kind: 'refusal' }, { times: 1 });
    const blocked = await vertex.models.generateContent(question);
    assert.equal(blocked.promptFeedback?.blockReason, 'PROHIBITED_CONTENT');
    assert.equal(blocked.candidates, undefined);
    const refused = await vertex.models.generateContent(question);
    assert.equal(refused.candidates?.[0]?.finishReason, 'SAFETY');
    assert.equal(refused.text, undefined);
  });

  it('answers 404 for a retired model and 429 when told to', async () => {
    const { vertex } = clientsOf(simulator);
    await assert.rejects(vertex.models.generateContent({ ...question, model: 'gemini-1.5-flash' }), { status: 404 });
    simulator.fault('vertex', retiredModel('vertex', model), { times: 1 });
    await assert.rejects(vertex.models.generateContent(question), { status: 404 });
    simulator.fault('vertex', rateLimited('vertex'), { times: 1 });
    await assert.rejects(vertex.models.generateContent(question), { status: 429, message: /RESOURCE_EXHAUSTED/ });
    assert.equal(simulator.requestCount('vertex'), 3);
    assert.deepEqual(simulator.invoice('vertex'), []);
  });
});
