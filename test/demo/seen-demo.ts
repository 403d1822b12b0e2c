import type { Seen } from '../../scripts/demo/seen';
import type { Expectations } from '../../scripts/demo/checks';

const CONTACT = 'contact-1';
const TURN = 'turn-1';
const TEXT_OF_PHOTO = 'Texto visível na etiqueta: Cafeteira Aurora 127V R$ 349,90.';

const message = { conversation_id: 'conversation-1', contact_id: CONTACT, failure_reason: null };
const decision = {
  id: 'record-1',
  group_id: TURN,
  agent: 'general',
  intent: 'support_technical',
  intent_confidence: 0.8,
  memory_query: 'qual era o pedido?',
  context: { memories: [], degraded: [] },
  provider: 'openai',
  model: 'gpt-6-luna',
  outcome: 'replied',
  outcome_reason: null,
  workflow_id: 't:1:turn:turn-1',
  run_id: 'run-1',
  finished_at: '2026-11-22T12:00:05.000Z',
  cost_micros: 200,
  steps: [],
};
const question = { ...message, id: 'm1', channel_message_id: 'AAA1', from_me: false, status: 'read', group_id: null };
const photo = { ...message, id: 'm2', channel_message_id: 'AAA2', from_me: false, status: 'read', group_id: null };
const reply = { ...message, id: 'm3', channel_message_id: 'BBB1', from_me: true, status: 'sent', group_id: TURN };

/** A conversation of one turn, a text and a photo, in which everything happened. */
export function wholeDemo(): Seen {
  const enrichment = {
    id: 'e1',
    message_id: 'm2',
    workflow_id: 't:1:enrichment:m2',
    status: 'completed',
    provider: 'vertex',
    extracted_text: TEXT_OF_PHOTO,
    cost_micros: 460,
    processing_time_ms: 900,
    error_code: null,
    error_message: null,
  };
  const hit = { content: TEXT_OF_PHOTO, score: 1, source: 'message', source_id: 'm2', legs: [] };
  const workflow = (type: string, status = 'COMPLETED') => ({ type, workflowId: `t:1:${type}`, status });
  const costs = {
    total: { calls: 2, settled_micros: 660, reserved_micros: 0 },
    data: [
      { key: 'vertex', calls: 1, settled_micros: 460 },
      { key: 'openai', calls: 1, settled_micros: 200 },
    ],
  };
  return structuredClone({
    customer: [
      {
        message: { kind: 'text', text: 'oi' },
        externalId: 'false_5511987654321@c.us_AAA1',
        stored: { ...question, text: 'oi' },
        enrichment: undefined,
        decision,
      },
      {
        message: { kind: 'image', file: { name: 'photo.jpg', mimetype: 'image/jpeg' } },
        externalId: 'false_5511987654321@c.us_AAA2',
        stored: { ...photo, text: null },
        enrichment,
        decision,
      },
    ],
    decisions: [decision],
    messages: [
      { ...question, text: 'oi' },
      { ...photo, text: null },
      { ...reply, text: 'É o pedido 1042.' },
    ],
    facts: [{ id: 'f1', type: 'timeline', text: 'até sexta', confidence: 0.8, source_message_id: 'm1' }],
    searches: [{ query: 'etiqueta', found: { results: [hit], degraded: [] } }],
    delivered: [
      {
        messageId: 'true_5511987654321@c.us_BBB1',
        requestedId: 'BBB1',
        chatId: '5511987654321@c.us',
        text: 'É o pedido 1042.',
      },
    ],
    workflows: [
      workflow('conversationWorkflow', 'RUNNING'),
      ...['enrichmentWorkflow', 'turnWorkflow', 'embedMessagesWorkflow', 'extractFactsWorkflow', 'sendingWorkflow'].map(
        (type) => workflow(type),
      ),
    ],
    costs: [costs, costs, costs],
  } satisfies Seen);
}

export const EXPECTED: Expectations = {
  kinds: ['text', 'image'],
  turns: 1,
  readers: { image: ['vertex'], voice: ['groq', 'openai'], document: ['llamaparse', 'pdf_text'], video: ['vertex'] },
  isScripted: true,
};
