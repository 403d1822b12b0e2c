import assert from 'node:assert/strict';
import type OpenAI from 'openai';
import { startSimulator, type Simulator } from '../../simulator/index';
import { clientsOf, similarity } from './clients';

type Messages = OpenAI.ChatCompletionMessageParam[];

const tools = (...names: string[]): OpenAI.ChatCompletionTool[] =>
  names.map((name) => ({
    type: 'function',
    function: {
      name,
      parameters: {
        type: 'object',
        properties: name === 'search_memory' ? { query: { type: 'string' } } : { reason: { type: 'string' } },
        required: [name === 'search_memory' ? 'query' : 'reason'],
      },
    },
  }));

describe('the simulated language model', () => {
  let simulator: Simulator;
  before(async () => {
    simulator = await startSimulator();
  });
  after(() => simulator.stop());
  afterEach(() => simulator.reset());

  const ask = async (messages: Messages, offered: string[] = []) => {
    const answer = await clientsOf(simulator).openai.chat.completions.create({
      model: 'gpt-6-luna',
      messages,
      ...(offered.length > 0 ? { tools: tools(...offered) } : {}),
    });
    return answer.choices[0]!;
  };
  const functionCall = (choice: OpenAI.ChatCompletion.Choice) => {
    const [call] = choice.message.tool_calls ?? [];
    assert.ok(call?.type === 'function');
    return { id: call.id, name: call.function.name, arguments: JSON.parse(call.function.arguments) as unknown };
  };

  it('searches first and then quotes what it found and what the customer said', async () => {
    const messages: Messages = [{ role: 'user', content: 'Qual geladeira eu vi ontem?' }];
    const first = await ask(messages, ['search_memory']);
    assert.equal(first.finish_reason, 'tool_calls');
    const call = functionCall(first);
    assert.deepEqual(call.arguments, { query: 'Qual geladeira eu vi ontem?' });
    const result = JSON.stringify({ results: [{ content: 'Geladeira Frost 400 por R$ 3.200' }] });
    const second = await ask(
      [...messages, first.message, { role: 'tool', tool_call_id: call.id, content: result }],
      ['search_memory'],
    );
    assert.equal(second.finish_reason, 'stop');
    assert.match(second.message.content!, /Qual geladeira eu vi ontem\?/);
    assert.match(second.message.content!, /Geladeira Frost 400 por R\$ 3\.200/);
  });

  it('calls a person once when the customer asks for one', async () => {
    const messages: Messages = [{ role: 'user', content: 'Quero falar com um ATENDENTE' }];
    const first = await ask(messages, ['search_memory', 'escalate_to_human']);
    const call = functionCall(first);
    assert.equal(call.name, 'escalate_to_human');
    const after = await ask(
      [...messages, first.message, { role: 'tool', tool_call_id: call.id, content: '{"ok":true}' }],
      ['search_memory', 'escalate_to_human'],
    );
    assert.equal(after.finish_reason, 'stop');
    assert.match(after.message.content!, /pessoa da nossa equipe/);
  });

  it('extracts facts with their message and with days resolved against the time of writing', async () => {
    const prompt = [
      '<message id="11111111-1111-4111-8111-111111111111" time="2026-11-25T15:00:00.000Z">Posso pagar até R$ 1.500. Entrega na sexta?</message>',
      '<message id="22222222-2222-4222-8222-222222222222" time="2026-11-26T01:30:00.000Z">Achei caro, prefiro a branca. Passo aí amanhã</message>',
    ].join('\n');
    const answer = await clientsOf(simulator).openai.chat.completions.create({
      model: 'gpt-6-luna',
      messages: [{ role: 'user', content: prompt }],
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'facts', strict: false, schema: { type: 'object' } },
      },
    });
    const { facts } = JSON.parse(answer.choices[0]!.message.content!) as {
      facts: {
        type: string;
        text: string;
        source_message_id: string;
        starts_at: string | null;
        ends_at: string | null;
      }[];
    };
    assert.deepEqual(
      facts.map(({ type, text, source_message_id, starts_at }) => [type, text, source_message_id[0], starts_at]),
      [
        ['budget', 'Posso pagar até R$ 1.500.', '1', null],
        ['timeline', 'Entrega na sexta?', '1', '2026-11-27T03:00:00.000Z'],
        ['objection', 'Achei caro, prefiro a branca.', '2', null],
        ['preference', 'Achei caro, prefiro a branca.', '2', null],
        // 01:30 UTC on the 26th is still the evening of the 25th in São Paulo.
        ['timeline', 'Passo aí amanhã', '2', '2026-11-26T03:00:00.000Z'],
      ],
    );
  });

  it('follows the script in order, with its usage, and fails loudly when it runs out', async () => {
    simulator.script({
      language: {
        rules: [{ match: { lastUserMatches: 'hor[áa]rio' }, text: 'Abrimos às 9h.' }],
        replies: [
          { toolCalls: [{ name: 'x', arguments: 'not json' }] },
          { text: 'dois', usage: { cachedInputTokens: 64 } },
        ],
      },
    });
    const question: Messages = [{ role: 'user', content: 'oi' }];
    const [call] = (await ask(question)).message.tool_calls!;
    assert.ok(call?.type === 'function');
    assert.equal(call.function.arguments, 'not json');
    assert.equal((await ask([{ role: 'user', content: 'Qual o HORÁRIO?' }])).message.content, 'Abrimos às 9h.');
    assert.equal((await ask(question)).message.content, 'dois');
    assert.equal(simulator.invoice('openai')[2]?.cachedInputTokens, 64);
    await assert.rejects(ask(question), { status: 500, code: 'script_exhausted', message: /script is exhausted/ });
  });

  it('answers as Groq too, and declines or is filtered when told to', async () => {
    const { groq } = clientsOf(simulator);
    const asked = {
      model: 'llama-3.3-70b-versatile',
      messages: [{ role: 'user' as const, content: 'Vocês têm bicicletas?' }],
    };
    const answer = await groq.chat.completions.create(asked);
    assert.match(answer.choices[0]!.message.content!, /Vocês têm bicicletas\?/);
    simulator.fault('openai', { kind: 'refusal' }, { times: 1 });
    assert.ok((await ask(asked.messages)).message.refusal);
    simulator.fault('openai', { kind: 'block' }, { times: 1 });
    assert.equal((await ask(asked.messages)).finish_reason, 'content_filter');
  });

  it('embeds by the base64 that the OpenAI SDK silently asks for, and lists its models', async () => {
    const { openai } = clientsOf(simulator);
    const { data } = await openai.embeddings.create({
      model: 'text-embedding-3-small',
      input: ['geladeira vazando', 'a geladeira está vazando', 'sofá azul'],
      dimensions: 768,
    });
    assert.equal((simulator.requests('openai')[0]!.body as { encoding_format: string }).encoding_format, 'base64');
    const [left, right, other] = data.map((row) => row.embedding);
    assert.equal(left!.length, 768);
    assert.ok(similarity(left!, right!) > 0.8);
    assert.ok(similarity(left!, other!) < 0.2);
    const models: string[] = [];
    for await (const model of openai.models.list()) models.push(model.id);
    assert.ok(models.includes('gpt-6-luna'));
  });
});
