import assert from 'node:assert/strict';
import { classifyIntent } from '../../core/agents/intent';

describe('intents need more than one hint', () => {
  const EXAMPLES: [text: string, intent: string][] = [
    ['Quanto custa o tênis azul?', 'sales_prospecting'],
    ['QUAL O PREÇO? quero comprar dois', 'sales_prospecting'],
    ['Quero cancelar, achei muito caro', 'retention_churn'],
    ['O aparelho não liga, veio com defeito', 'support_technical'],
    ['Não recebi o boleto e a cobrança veio em dobro', 'support_billing'],
    ['Bom dia, tudo bem?', 'general'],
    ['', 'general'],
  ];
  for (const [text, intent] of EXAMPLES) {
    it(`reads ${intent} from “${text}”`, () => assert.equal(classifyIntent(text).intent, intent));
  }

  it('leaves it to the general agent when two intents are as likely', () => {
    const decision = classifyIntent('O produto veio com defeito e a cobrança está errada');
    assert.equal(decision.intent, 'general');
    assert.ok(decision.scores.support_technical > 0);
    assert.equal(decision.scores.support_technical, decision.scores.support_billing);
  });

  it('says how sure it is, between 0 and 1', () => {
    for (const [text] of EXAMPLES) {
      const { confidence, scores } = classifyIntent(text);
      for (const value of [confidence, ...Object.values(scores)]) assert.ok(value >= 0 && value <= 1);
    }
    assert.ok(classifyIntent('preço e desconto à vista para comprar').confidence > classifyIntent('preço').confidence);
  });
});
