import assert from 'node:assert/strict';
import { isBotToBot, MAX_BOT_ANSWERS, type Line } from '../../core/agents/policy/bot-to-bot';

/** Exchanges of agent and customer: each answer with the milliseconds it took after the agent's words. */
function talk(
  answers: { text: string; afterMs: number }[],
  agentSays = 'Claro, posso ajudar. O que você precisa hoje?',
): Line[] {
  let at = Date.parse('2026-11-26T12:00:00Z');
  return answers.flatMap(({ text, afterMs }) => {
    const own = { fromBot: true, text: agentSays, at: new Date(at) };
    at += afterMs;
    const answer = { fromBot: false, text, at: new Date(at) };
    at += 2_000;
    return [own, answer];
  });
}

const repeated = (text: string, afterMs: number, times = MAX_BOT_ANSWERS) =>
  Array.from({ length: times }, (_, index) => ({ text: `${text} ${index}`, afterMs }));

const LONG =
  'Obrigado por entrar em contato com a Transportadora Veloz, seu pedido está em separação e chega em breve.';

describe('two bots do not talk for ever', () => {
  it('knows a machine by answers that nobody types so fast', () => {
    const words = [
      'Olá, aqui é a assistente virtual da loja',
      'Digite 1 para pedidos ou 2 para trocas',
      'Não entendi a sua resposta, tente outra vez',
    ];
    const answers = [...words, LONG, 'Se preferir, fale com um atendente no site'].map((text) => ({
      text,
      afterMs: 900,
    }));
    assert.equal(isBotToBot(talk(answers)), true);
  });

  it('knows it by sameness however slow it is, and by an echo', () => {
    assert.equal(
      isBotToBot([{ fromBot: false, text: `${LONG} 7`, at: new Date(0) }, ...talk(repeated(LONG, 60_000))]),
      true,
    );
    assert.equal(
      isBotToBot(talk(repeated('Posso ajudar, o que precisa', 60_000), 'Posso ajudar: o que precisa 1?')),
      true,
    );
  });

  it('takes nobody for a machine who writes as people do', () => {
    const person = [
      'oi',
      'quero saber do meu pedido 1042',
      'ainda não chegou e já faz uma semana',
      'sim',
      'pode ser amanhã de manhã',
      'obrigada!',
    ];
    assert.equal(isBotToBot(talk(person.map((text) => ({ text, afterMs: 1_000 + text.length * 250 })))), false);
    // Short ones are fast and alike without being a machine's.
    assert.equal(isBotToBot(talk(repeated('sim', 700, 9))), false);
  });

  it('needs so many in a row, the newest among them', () => {
    const machine = repeated(LONG, 500);
    assert.equal(isBotToBot(talk(machine.slice(1))), false);
    assert.equal(
      isBotToBot(talk([...machine, { text: 'desculpa, era a mensagem automática. sou a Rita', afterMs: 40_000 }])),
      false,
    );
  });
});
