import assert from 'node:assert/strict';
import { replyProblems } from '../../core/agents/policy/reply-rules';

const QUESTION = 'Para indicar o melhor para você: até quanto pretende investir?';
const SAID = { text: QUESTION, customerText: 'Vocês têm cafeteira?' };

const CASES: [customerText: string, text: string, isRepeated: boolean][] = [
  ['até 500', QUESTION, true],
  ['sim', 'Para indicar o melhor para VOCE — ate quanto pretende  investir', true],
  ['quero a preta', 'Para indicar o melhor\n\npara você: até quanto pretende investir?', true],
  ['já falei, 500', QUESTION, true],
  ['deu erro de novo', QUESTION, true],
  ['obrigada, mas já disse: 500', QUESTION, true],
  // Something else is said.
  ['até 500', 'Por até R$ 500 temos a preta e a branca. Qual prefere?', false],
  // It was asked for, or not understood, or nothing could be read.
  ['repete por favor?', QUESTION, false],
  ['Não entendi', QUESTION, false],
  ['como?', QUESTION, false],
  ['hã?', QUESTION, false],
  ['pode mandar a pergunta de novo?', QUESTION, false],
  ["sorry, I didn't get that", QUESTION, false],
  ['what?', QUESTION, false],
  ['no entendí', QUESTION, false],
  ['', QUESTION, false],
  // The same was asked again.
  ['vocês tem cafeteira', QUESTION, false],
];

describe('a bot does not repeat itself', () => {
  const rulesOf = (customerText: string, text: string, earlierReplies = [SAID], doneTools: string[] = []) =>
    replyProblems({ text, customerText, earlierReplies, doneTools, allowedPercents: [] }).map(({ rule }) => rule);

  it('word for word, unless the customer wants it', () => {
    for (const [customerText, text, isRepeated] of CASES)
      assert.deepEqual(rulesOf(customerText, text), isRepeated ? ['repeated_reply'] : [], `${customerText}: ${text}`);
  });

  it('and may be polite twice, and announce another hand-over', () => {
    for (const text of ['Obrigado!', 'De nada', 'Oi', 'Obrigado pela mensagem!'])
      assert.deepEqual(rulesOf('ok', text, [{ text, customerText: 'oi' }]), [], text);
    const kind = 'De nada! Se precisar de algo, é só chamar por aqui.';
    assert.deepEqual(rulesOf('valeu', kind, [{ text: kind, customerText: 'obrigada' }]), []);
    const called = 'Certo, já chamei uma pessoa da nossa equipe. Ela continua a conversa com você.';
    assert.deepEqual(rulesOf('atendente', called, [{ text: called, customerText: 'oi' }], ['escalate_to_human']), []);
  });
});
