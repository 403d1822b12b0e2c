import assert from 'node:assert/strict';
import { sentimentOf } from '../../core/crm/sentiment/score';

/** Written for this test; none of it went into the lexicon after it was first measured. */
const SAMPLE: ['positive' | 'negative' | 'neutral', string][] = [
  ['positive', 'Adorei o atendimento, muito obrigada!'],
  ['positive', 'Chegou certinho e a qualidade é excelente'],
  ['positive', 'Vocês resolveram super rápido, parabéns'],
  ['positive', 'Gostei bastante da loja, recomendo'],
  ['positive', 'Ficou lindo, amei 😍'],
  ['positive', 'Demorou um pouco mas valeu a pena, ficou perfeito'],
  ['positive', 'The support was great, thank you so much'],
  ['positive', 'Works perfectly, I love it'],
  ['positive', 'Very helpful and friendly team'],
  ['positive', 'Muito bom, já é a terceira vez que compro com vocês'],
  ['positive', 'show de bola, funcionou direitinho'],
  ['positive', 'Estou muito satisfeito com o produto'],
  ['negative', 'Péssimo atendimento, quero cancelar'],
  ['negative', 'Não gostei, o produto veio quebrado'],
  ['negative', 'Isso é um absurdo, estou há dias esperando'],
  ['negative', 'O aplicativo não funciona'],
  ['negative', 'Vocês são muito lentos, que vergonha'],
  ['negative', 'Era para ser bom mas está horrível'],
  ['negative', 'Nunca mais compro aqui, fui enganada'],
  ['negative', 'Está caro demais, vou cancelar'],
  ['negative', 'Fizeram a cobrança errada de novo 😡'],
  ['negative', 'This is not good at all, I am very disappointed'],
  ['negative', "It doesn't work and nobody helped"],
  ['negative', 'Worst service ever, I want a refund'],
  ['negative', 'The app is slow and keeps failing with errors'],
  ['negative', 'Cansada de tanta demora e descaso'],
  ['neutral', 'Qual o horário de funcionamento?'],
  ['neutral', 'Meu CEP é 01310-100'],
  ['neutral', 'Vocês entregam em Campinas?'],
  ['neutral', 'Quero saber o preço da camiseta azul'],
  ['neutral', 'What time do you open tomorrow?'],
  ['neutral', 'Segue o comprovante'],
  ['neutral', 'Pode ser na terça às 15h'],
  ['neutral', 'I will pick it up on Friday'],
];

describe('the lexicon feels what people write', () => {
  it('reads nine of ten as they are meant, without a model', () => {
    const wrong = SAMPLE.filter(([label, text]) => sentimentOf(text).label !== label);
    const accuracy = 1 - wrong.length / SAMPLE.length;
    console.log(`      ${SAMPLE.length} texts, accuracy ${accuracy.toFixed(3)}`);
    assert.ok(
      accuracy >= 0.9,
      wrong.map(([label, text]) => `${label}: ${text} (${sentimentOf(text).score})`).join('\n'),
    );
  });

  it('turns praise around when it is negated, and not across a full stop', () => {
    assert.ok(sentimentOf('não é bom').score < 0);
    assert.ok(sentimentOf('é bom').score > 0);
    assert.ok(sentimentOf('Não. Ficou bom').score > 0);
    assert.ok(sentimentOf('não é ruim').score > 0);
  });

  it('says which words decided', () => {
    assert.deepEqual(sentimentOf('Muito bom').evidence, [{ word: 'bom', weight: 3 }]);
    assert.deepEqual(sentimentOf('constructor toString'), { score: 0, label: 'neutral', evidence: [] });
  });
});
