import assert from 'node:assert/strict';
import { APIError, type OpenAI } from 'openai';
import { startSimulator, type Simulator } from '../../simulator/index';
import { clientsOf } from './clients';

type Request = OpenAI.ChatCompletionCreateParamsNonStreaming;
type Messages = OpenAI.ChatCompletionMessageParam[];

const calls = (...ids: string[]): OpenAI.ChatCompletionMessageParam => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'a', arguments: '{}' } })),
});
const result = (tool_call_id: string): OpenAI.ChatCompletionMessageParam => ({
  role: 'tool',
  tool_call_id,
  content: '{}',
});
const user: OpenAI.ChatCompletionMessageParam = { role: 'user', content: 'Oi' };
const closed = (properties: object, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

describe('the simulated language model refuses what OpenAI refuses', () => {
  let simulator: Simulator;
  before(async () => {
    simulator = await startSimulator();
  });
  after(() => simulator.stop());

  const send = (request: Partial<Request>) =>
    clientsOf(simulator).openai.chat.completions.create({ model: 'gpt-6-luna', messages: [user], ...request });
  const refuses = (request: Partial<Request>, message: RegExp) =>
    assert.rejects(send(request), (error) => {
      assert.ok(error instanceof APIError);
      assert.deepEqual([error.status, error.type], [400, 'invalid_request_error']);
      assert.match(error.message, message);
      return true;
    });

  it('a result of a call that nobody made', async () => {
    for (const messages of [
      [user, result('1')],
      [user, calls('1'), result('2')],
      [user, calls('1'), result('1'), result('1')],
      [user, calls('1'), result('1'), user, result('1')],
    ] satisfies Messages[]) {
      await refuses({ messages }, /must be a response to a preceding message/);
    }
  });

  it('a call without its result', async () => {
    for (const messages of [
      [user, calls('1', '2'), result('1')],
      [user, calls('1'), user, result('1')],
      [user, calls('1'), calls('2'), result('2')],
    ] satisfies Messages[]) {
      await refuses({ messages }, /did not have response messages: (1|2)/);
    }
    assert.ok(await send({ messages: [user, calls('1', '2'), result('2'), result('1'), user] }));
  });

  it('a strict schema that is open or has optional properties, at any depth', async () => {
    const text = { type: 'string' };
    const faulty = [
      { type: 'object', properties: { a: text }, required: ['a'] },
      closed({ a: text }, []),
      closed({ list: { type: 'array', items: { type: 'object', properties: {} } } }),
      closed({ either: { anyOf: [text, closed({ b: text }, [])] } }),
    ];
    for (const schema of faulty) {
      const format = { type: 'json_schema' as const, json_schema: { name: 'x', schema, strict: true } };
      await refuses({ response_format: format }, /Invalid schema for response_format 'x'/);
      const definition = { name: 'a', parameters: schema, strict: true };
      await refuses({ tools: [{ type: 'function', function: definition }] }, /Invalid schema for function 'a'/);
      assert.ok(await send({ tools: [{ type: 'function', function: { ...definition, strict: false } }] }));
    }
  });
});
