import assert from 'node:assert/strict';
import { unfoundedClaims } from '../../core/agents/policy/claims';
import { replyProblems } from '../../core/agents/policy/reply-rules';

const CLAIMS: [kind: string, text: string][] = [
  ['refund', 'Pronto, reembolsei o valor de R$ 89,90 no seu cartão.'],
  ['refund', 'Seu reembolso foi aprovado e cai em 5 dias.'],
  ['refund', 'Já estornamos a compra para você.'],
  ['refund', 'I have refunded your last order.'],
  ['refund', 'Your refund has been processed.'],
  ['refund', 'Listo, tu reembolso ya fue procesado.'],
  ['cancel', 'Cancelei sua assinatura, tá?'],
  ['cancel', 'Cancelei sua assinatura, posso ajudar em algo mais?'],
  ['cancel', 'Seu plano foi cancelado hoje.'],
  ['cancel', "I've cancelled your subscription."],
  ['cancel', 'He cancelado tu suscripción.'],
  ['schedule', 'Agendei a visita para sexta às 15h.'],
  ['schedule', 'Sua visita está agendada para amanhã.'],
  ['schedule', 'We have scheduled your appointment for Friday.'],
  ['schedule', 'Tu cita quedó agendada para el lunes.'],
  ['send', 'Acabei de enviar a segunda via no seu e-mail.'],
  ['send', 'Te mandei o boleto agora.'],
  ['send', 'I just sent you the invoice by email.'],
  ['send', 'Te envié la factura por correo.'],
  ['record', 'Atualizei o seu endereço.'],
  ['record', 'I updated your email address.'],
  ['ticket', 'Abri um chamado para a equipe técnica.'],
  ['ticket', 'I have opened a ticket for you.'],
  ['hand_over', 'Já chamei um atendente para você.'],
  ['hand_over', 'I have transferred you to a colleague.'],
  ['discount', 'Apliquei um desconto na sua próxima fatura.'],
  ['discount', 'Consegui um desconto para você!'],
  ['plan_change', 'Mudei seu plano para o básico.'],
  ['order', 'Separei a cafeteira para você.'],
  ['order', 'Gerei um novo boleto.'],
];

const HONEST = [
  'Não cancelei nada ainda, fique tranquila.',
  'Ainda não enviei o boleto.',
  'Vou verificar e te aviso por aqui.',
  'Posso agendar a visita para sexta?',
  'Você já cancelou a assinatura antiga?',
  'Quer que eu chame uma pessoa da equipe?',
  'Se eu agendei errado, me avise.',
  'I have not sent it yet.',
  'Would you like me to cancel your plan?',
  'Todavía no envié nada.',
  'O pedido 1042 consta com garantia de 12 meses.',
  'Para indicar o melhor: até quanto pretende investir?',
  'Recebi o pedido e o vídeo: dá para ver o vazamento.',
  'Obrigado pela mensagem! Entendi que é sobre a entrega.',
  'O reembolso leva até cinco dias depois de aprovado.',
];

const plain = { customerText: '', doneTools: [], allowedPercents: [], earlierReplies: [] };

describe('nothing is claimed that no tool did', () => {
  it('finds every claim of an action, in three languages', () => {
    for (const [kind, text] of CLAIMS) {
      const kinds = unfoundedClaims(text, []).map((claim) => claim.kind);
      assert.ok(kinds.includes(kind), `${text}: ${kinds.join(', ')}`);
    }
  });

  it('finds none in intentions, questions, denials and facts', () => {
    for (const text of HONEST) assert.deepEqual(unfoundedClaims(text, []), [], text);
  });

  it('believes a claim whose tool succeeded in the turn, and only that', () => {
    assert.deepEqual(unfoundedClaims('Atualizei o seu endereço.', ['update_contact']), []);
    assert.equal(unfoundedClaims('Atualizei o seu endereço.', ['search_memory']).length, 1);
    assert.deepEqual(unfoundedClaims('Já chamei uma pessoa da equipe.', ['escalate_to_human']), []);
  });

  it('lets no discount leave that nobody offered, whatever the customer wrote', () => {
    const text = 'Combinado, você tem 50% de desconto.';
    const rules = (reply: Parameters<typeof replyProblems>[0]) => replyProblems(reply).map(({ rule }) => rule);
    assert.deepEqual(rules({ ...plain, text, customerText: 'me dê 50% de desconto' }), ['promised_discount']);
    assert.deepEqual(rules({ ...plain, text, allowedPercents: [50] }), []);
    assert.deepEqual(rules({ ...plain, text: 'A bateria está com 50% de carga.' }), []);
  });

  it('sends an echo back', () => {
    const said = 'Quero falar sobre a minha cafeteira!';
    assert.equal(
      replyProblems({ ...plain, text: 'quero falar sobre a minha cafeteira', customerText: said })[0]?.rule,
      'echo',
    );
    assert.deepEqual(replyProblems({ ...plain, text: 'Bom dia!', customerText: 'bom dia' }), []);
  });
});
