import { setTimeout as sleep } from 'node:timers/promises';
import { ALL_SCOPES } from '../../../core/accounts/scopes';
import { resolveApproval } from '../../../core/agents/approvals/resolve';
import { changeApprovalSettings } from '../../../core/agents/approvals/settings';
import type { ConversationKey, ConversationMessage } from '../../../core/conversation/types';
import { changePeopleSettings } from '../../../core/people/settings';
import { changeFollowUp, scheduleFollowUp } from '../../../core/crm/follow-ups/follow-ups';
import { overloaded, type ScriptedRule } from '../../../simulator';
import { conversationWorkflowId } from '../../../workflows/conversation/ids';
import { messageReceived } from '../../../workflows/conversation/messages';
import type { ConversationInput } from '../../../workflows/conversation/types';
import { QUEUES } from '../../../workflows/shared/queues';
import { searchAttributes } from '../../../workflows/shared/search-attributes';
import { turnWorkflowId } from '../../../workflows/turn/ids';
import { resolveApproval as resolveByUpdate } from '../../../workflows/turn/messages';
import { conversationOf, handTo, PHOTO, repliesTo, settled, takeMemoryOut } from '../../journeys/support';
import { eventually } from '../../support/eventually';
import type { Product } from '../../support/product';
import { modelDoes, type Scene } from './scene';

/** Turns of the team with a customer, and what people do beside them. */
export const TURNS_SCENES: Record<string, Scene> = {
  'a-person-asked-for': async (_product, customer) => {
    await customer.says('Quero falar com um atendente');
    await repliesTo(customer, 1);
    await customer.says('Obrigado');
  },
  'an-unanswered-hand-over': async (product, customer, tenantId) => {
    await product.db.withTenant(tenantId, (tx) => changePeopleSettings(tx, tenantId, { unansweredMinutes: 1 }));
    await customer.says('Quero falar com um atendente');
    await repliesTo(customer, 1);
    await eventually(
      'the escalation',
      () => product.db.withTenant(tenantId, (tx) => tx.conversation.count({ where: { tenantId, escalations: 1 } })),
      90_000,
    );
  },
  'a-hand-back': async (product, customer, tenantId) => {
    await customer.says('Vocês abrem no sábado?');
    await repliesTo(customer, 1);
    await handTo(product, tenantId, 'human');
    await customer.says('E no domingo?');
    await settled(product, tenantId);
    await handTo(product, tenantId, 'ai');
    await repliesTo(customer, 2);
  },
  'reads-side-by-side': async (product, customer) => {
    modelDoes(
      product,
      {
        match: { hasToolResult: false },
        toolCalls: [
          { name: 'get_contact_facts', arguments: {} },
          { name: 'search_memory', arguments: { query: 'entrega' } },
        ],
      },
      { match: { hasToolResult: true }, text: 'Entregamos no sábado.' },
    );
    await customer.says('Vocês entregam no sábado?');
    await repliesTo(customer, 1);
    product.simulator.script({});
  },
  'short-steps-at-once': async (_product, customer) => {
    await customer.sends(PHOTO);
    await repliesTo(customer, 1);
    await customer.says('E até que horas vocês abrem no sábado?');
    await repliesTo(customer, 2);
  },
  'prepared-with-memory': async (_product, customer) => {
    await customer.says('Vocês entregam no sábado?');
    await repliesTo(customer, 1);
    await customer.says('E no domingo?');
    await repliesTo(customer, 2);
  },
  'a-dead-model': async (product, customer) => {
    product.simulator.fault('openai', overloaded('openai'));
    await customer.says('Tem alguém aí?');
    await repliesTo(customer, 1);
    product.simulator.clearFaults();
  },
  'tool-limits': async (product, customer) => {
    modelDoes(product, {
      match: {},
      toolCalls: [
        { name: 'get_contact_facts', arguments: {} },
        { name: 'nothing', arguments: {} },
      ],
    });
    await customer.says('Oi');
    await repliesTo(customer, 1);
    product.simulator.script({});
  },
  'the-team': async (product, customer, tenantId) => {
    const settings = { waitSeconds: 10, onExpiry: 'escalate' } as const;
    await product.db.withTenant(tenantId, (tx) => changeApprovalSettings(tx, tenantId, settings));
    const say = async (rules: ScriptedRule[], said: string, replies: number) => {
      modelDoes(product, ...rules);
      await customer.says(said);
      await repliesTo(customer, replies);
    };
    await say([], 'Minha cafeteira não liga, dá erro', 1);
    const honest = { match: { lastUserMatches: 'Verificação interna' }, text: 'Vou verificar e te aviso.' };
    await say([honest, { match: {}, text: 'Agendei a visita para sexta.' }], 'Pode marcar a visita do técnico?', 2);
    const offer = { name: 'create_retention_offer', arguments: { discount_percent: 50, reason: 'preço' } };
    await say([{ match: {}, toolCalls: [offer] }], 'Quero cancelar o plano, ficou caro', 3);
    product.simulator.script({});
  },
  'an-escalation': async (_product, customer) => {
    await customer.says('Vou no Procon, meu advogado vai processar vocês');
    await repliesTo(customer, 1);
  },
  'a-call-that-waits': async (product, customer, tenantId) => {
    modelDoes(
      product,
      { match: { hasToolResult: false }, toolCalls: [{ name: 'update_contact', arguments: { language: 'pt' } }] },
      { match: { hasToolResult: true }, text: 'Certo!' },
    );
    const toolPolicies = { update_contact: 'ask' } as const;
    await product.db.withTenant(tenantId, (tx) =>
      changeApprovalSettings(tx, tenantId, { toolPolicies, waitSeconds: 10 }),
    );
    const waiting = () =>
      product.db.withTenant(tenantId, (tx) => tx.approval.findFirst({ where: { tenantId, status: 'pending' } }));
    await customer.says('Oi, meu idioma mudou');
    const { id: approvalId } = await eventually('the call', waiting);
    const by = { userId: null, scopes: ALL_SCOPES };
    const decision = { verb: 'approve', reason: null } as const;
    await resolveApproval(product.db, { tenantId, approvalId, by, decision });
    await repliesTo(customer, 1);
    await customer.says('E agora de novo');
    await eventually('the second call', waiting);
    await repliesTo(customer, 2);
    await customer.says('E mais uma vez');
    const { id, groupId: turnId } = await eventually('the third call', waiting);
    const handle = product.client.workflow.getHandle(turnWorkflowId({ tenantId, turnId }));
    await handle.executeUpdate(resolveByUpdate, { args: [{ approvalId: id, verb: 'reject' }] });
    await repliesTo(customer, 3);
    product.simulator.script({});
  },
  'taken-over-while-a-call-waits': async (product, customer, tenantId) => {
    const call = { name: 'update_contact', arguments: { language: 'pt' } };
    modelDoes(product, { match: {}, toolCalls: [call] });
    await product.db.withTenant(tenantId, (tx) =>
      changeApprovalSettings(tx, tenantId, { toolPolicies: { update_contact: 'ask' } }),
    );
    await customer.says('Oi, meu idioma mudou');
    await eventually('the call', () =>
      product.db.withTenant(tenantId, (tx) => tx.approval.findFirst({ where: { tenantId, status: 'pending' } })),
    );
    await handTo(product, tenantId, 'human');
    await settled(product, tenantId);
    product.simulator.script({});
  },
  'memory-is-out': async (product, customer) => {
    const restore = takeMemoryOut(product);
    await customer.says('Bom dia! Vocês abrem no sábado?');
    await repliesTo(customer, 1);
    restore();
  },
  'several-runs': async (product, customer, tenantId) => {
    await product.stopWorking();
    await customer.says('mensagem 0');
    await startWithShortHistory(product, tenantId);
    await product.startWorking();
    for (let number = 1; number < 12; number++) {
      await (number === 3 ? customer.sends(PHOTO) : customer.says(`mensagem ${number}`));
      await sleep(300);
    }
    await repliesTo(customer, 1);
  },
  'a-follow-up': async (product, customer, tenantId) => {
    await customer.says('Oi');
    await repliesTo(customer, 1);
    const { contactId, channelId } = await conversationOf(product, tenantId);
    const at = (ms: number) => new Date(Date.now() + ms);
    const actor = { by: 'system' } as const;
    const { id: followUpId } = await product.db.withTenant(tenantId, (tx) =>
      scheduleFollowUp(tx, tenantId, { contactId, channelId, text: 'Ainda quer?', scheduledAt: at(600_000), actor }),
    );
    await sleep(2_000);
    const change = { followUpId, version: 1, changes: { scheduledAt: at(2_000) }, actor };
    await product.db.withTenant(tenantId, (tx) => changeFollowUp(tx, tenantId, change));
    await repliesTo(customer, 2);
  },
};

async function startWithShortHistory(product: Product, tenantId: string): Promise<void> {
  const event = await product.db.withSystem((tx) =>
    tx.outboxEvent.findFirstOrThrow({ where: { tenantId, eventType: 'message.created' } }),
  );
  const { conversation, message } = event.eventData as unknown as {
    conversation: ConversationKey;
    message: ConversationMessage;
  };
  const input: ConversationInput = { ...conversation, historyEventLimit: 60 };
  await product.client.workflow.signalWithStart('conversationWorkflow', {
    workflowId: conversationWorkflowId(conversation),
    taskQueue: QUEUES.workflows,
    args: [input],
    signal: messageReceived,
    // A session so short that the run ends while we look.
    signalArgs: [{ ...message, sessionTimeoutMs: 60_000 }],
    typedSearchAttributes: searchAttributes({ tenantId, kind: 'conversation', contactId: conversation.contactId }),
  });
}
