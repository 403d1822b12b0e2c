import assert from 'node:assert/strict';
import { decideIntent, isUnsure, saysNothingItself, type PreviousIntent } from '../../core/agents/intents/decide';
import { localClassifier } from '../../core/agents/intents/local-classifier';
import { INTENTS, type Intent, type IntentScores } from '../../core/agents/intents/types';

const after = (intent: Intent, confidence = 0.9): PreviousIntent => {
  return { intent, confidence, lastSure: intent, endedInQuestion: false };
};

async function read(text: string, previous: PreviousIntent | null = null) {
  return decideIntent(text, await localClassifier().classify(text), { router: 'local', previous });
}

const scores = (given: Partial<IntentScores>): IntentScores =>
  Object.fromEntries(INTENTS.map((intent) => [intent, given[intent] ?? 0])) as IntentScores;

describe('a conversation carries its intent', () => {
  for (const text of [
    'ok',
    'sim',
    'Sim, pode ser',
    '👍',
    '?',
    '15',
    'as 15h',
    'isso mesmo',
    'segue foto',
    '',
    'yes',
    'si',
  ]) {
    it(`gives “${text}” the intent of the turn before`, async () => {
      const decision = await read(text, after('support_billing', 0.83));
      assert.equal(decision.intent, 'support_billing');
      assert.equal(decision.confidence, 0.83);
      assert.equal(decision.inherited, true);
    });
  }

  for (const text of ['obrigado', 'quero cancelar', 'boleto', 'que horas abre?', 'não funciona']) {
    it(`lets “${text}” speak for itself`, () => assert.equal(saysNothingItself(text), false));
  }

  it('reads “e o boleto?” as billing, the surer after a question about billing', async () => {
    const alone = await read('e o boleto?');
    const followed = await read('e o boleto?', after('support_billing'));
    assert.equal(followed.intent, 'support_billing');
    assert.equal(followed.inherited, false);
    assert.ok(followed.confidence > alone.confidence);
  });

  it('lets a short message lean on the turn before, and a long one not', () => {
    const unsure = scores({ support_billing: 0.5, sales_prospecting: 0.5 });
    assert.equal(decideIntent('e quanto é', unsure, { router: 'local', previous: null }).intent, 'general');
    const leaning = { router: 'local', previous: after('sales_prospecting') } as const;
    assert.equal(decideIntent('e quanto é', unsure, leaning).intent, 'sales_prospecting');
    const long = 'e quanto é que eu vou ter de mandar para vocês no fim';
    assert.equal(decideIntent(long, unsure, leaning).intent, 'general');
  });

  it('lets a short message lean over a turn that nobody was sure about', () => {
    const unsure = scores({ support_billing: 0.5, sales_prospecting: 0.5 });
    const previous: PreviousIntent = { ...after('general', 0.4), lastSure: 'support_billing' };
    assert.equal(decideIntent('e quanto é', unsure, { router: 'local', previous }).intent, 'support_billing');
    const answer = decideIntent('sim', unsure, { router: 'local', previous });
    assert.deepEqual([answer.intent, answer.inherited], ['general', true]);
  });

  for (const text of [
    'eh pra minha loja, somos 8',
    'sou eu q decido viu',
    'a gente usa planilha hoje',
    'It is for my shop',
  ]) {
    it(`takes “${text}” for an answer where the agent asked`, async () => {
      const asked = await read(text, { ...after('sales_prospecting', 0.92), endedInQuestion: true });
      assert.deepEqual([asked.intent, asked.confidence, asked.inherited], ['sales_prospecting', 0.92, true]);
    });
  }

  for (const [text, intent] of [
    ['qual o horario de vcs?', 'general'],
    ['na verdade quero cancelar minha assinatura', 'retention_churn'],
  ] as const) {
    it(`takes “${text}” for no answer, though the agent asked`, async () => {
      const { intent: told, inherited } = await read(text, { ...after('sales_prospecting'), endedInQuestion: true });
      assert.deepEqual([told, inherited], [intent, false]);
    });
  }

  it('follows a clear change of subject', async () => {
    const decision = await read('agora mudando de assunto, quero cancelar minha assinatura', after('support_billing'));
    assert.equal(decision.intent, 'retention_churn');
  });

  it('says general below .7 and asks further routers, unless the intent is inherited', async () => {
    const decision = decideIntent('hum', scores({ sales_prospecting: 0.69, general: 0.31 }), {
      router: 'local',
      previous: null,
    });
    assert.equal(decision.intent, 'general');
    assert.equal(decision.confidence, 0.31);
    assert.equal(isUnsure(decision), true);
    assert.equal(isUnsure(await read('ok', after('general'))), false);
  });

  it('gives scores that add up to 1', async () => {
    for (const text of ['', 'ok', 'quanto custa o plano?', 'x'.repeat(3000)]) {
      const { scores: given } = await read(text, after('support_billing'));
      const sum = Object.values(given).reduce((total, score) => total + score, 0);
      assert.ok(Math.abs(sum - 1) < 1e-9, text.slice(0, 20));
    }
  });
});
