import assert from 'node:assert/strict';
import { createLocalEmbeddings } from '../../core/providers/local/embeddings';
import { callOptions } from './support';

const local = createLocalEmbeddings();

async function similarity(left: string, right: string): Promise<number> {
  const { vectors } = await local.embed({ texts: [left, right], task: 'document' }, callOptions());
  return vectors[0]!.reduce((sum, value, index) => sum + value * vectors[1]![index]!, 0);
}

describe('local embeddings find the same words however they are spelt', () => {
  it('accents and case do not matter', async () => {
    assert.ok((await similarity('orçamento', 'ORCAMENTO')) > 0.999);
    assert.ok((await similarity('Orçamento da geladeira', 'orcamento geladeira')) > 0.999);
  });

  it('plurals and typos stay close', async () => {
    assert.ok((await similarity('orçamento', 'orçamentos')) > 0.35);
    assert.ok((await similarity('máquina de lavar', 'maquinas de lavar')) > 0.5);
  });

  it('texts about other things are far, even when they share small words', async () => {
    assert.ok((await similarity('orçamento da geladeira', 'reunião com o advogado')) < 0.1);
    assert.ok((await similarity('o que é que eu posso fazer com isso', 'é isso que ele quer de mim')) < 0.3);
  });

  it('a question is closer to its answer than to another sentence', async () => {
    const question = 'qual é o prazo de entrega do sofá?';
    const answer = await similarity(question, 'A entrega do sofá tem prazo de cinco dias.');
    const other = await similarity(question, 'Parcelamos a geladeira em dez vezes no cartão.');
    assert.ok(answer > 0.4 && answer > other + 0.3, `${answer} against ${other}`);
  });

  it('every vector has 768 numbers and length 1, also of an emoji, of small words and of nothing', async () => {
    const { vectors, usage, model } = await local.embed(
      { texts: ['👍', 'é isso', '', 'Oi, tudo bem?'], task: 'query' },
      callOptions(),
    );
    assert.equal(model, 'local-hash-768-v1');
    assert.equal(vectors.length, 4);
    assert.ok(usage.inputTokens! > 0);
    for (const vector of vectors) {
      assert.equal(vector.length, 768);
      assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-9);
    }
  });

  it('gives the same vector on every machine and in every version', async () => {
    const { vectors } = await local.embed({ texts: ['geladeira'], task: 'document' }, callOptions());
    const slots = vectors[0]!.flatMap((value, slot) => (Math.abs(value) > 0.5 ? [`${slot}:${value.toFixed(4)}`] : []));
    // Stored vectors must stay comparable: if this changes, the model needs a new version.
    assert.deepEqual(slots, ['316:-0.7071']);
  });
});
