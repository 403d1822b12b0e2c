import assert from 'node:assert/strict';
import type { FieldError } from '../../core/errors';
import { newId } from '../../core/ids';
import { checkArguments, checkOwnArguments } from '../../core/tools/arguments';
import { toolNamed } from '../../core/tools/registry';
import type { ToolCaller } from '../../core/tools/types';
import { newThread } from '../api/fixtures';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

const operator: ToolCaller = { kind: 'operator', tenantId: newId(), userId: null };
const contact_id = newId();

function wrongFields(name: string, args: unknown): FieldError[] {
  const tool = toolNamed(name);
  assert.ok(tool);
  const checked = checkArguments(tool, operator, args);
  assert.notEqual(checked.refusal, null);
  return checked.refusal === null ? [] : checked.fields;
}

describe('a wrong argument is named, with what is wrong with it', () => {
  const cases: [string, string, unknown, [string, string][]][] = [
    [
      'of another type',
      'create_retention_offer',
      { contact_id, discount_percent: '20', reason: 'preço' },
      [['arguments.discount_percent', 'expected number, received string']],
    ],
    [
      'missing, the contact as well',
      'add_to_list',
      {},
      [
        ['arguments.contact_id', 'is required: expected string'],
        ['arguments.list_id', 'is required: expected string'],
      ],
    ],
    [
      'none of the values there are',
      'get_agents',
      { type: 'robot' },
      [['arguments.type', 'expected one of "human"|"ai"|"bot"']],
    ],
    [
      'no such argument',
      'get_agents',
      { kind: 'ai', tenant_id: newId() },
      [
        ['arguments.kind', 'there is no such argument'],
        ['arguments.tenant_id', 'there is no such argument'],
      ],
    ],
    [
      'inside another one',
      'qualify_lead',
      { contact_id, bant: { budget: 11, authority: 1, need: 1 } },
      [
        ['arguments.bant.budget', 'Too big: expected number to be <=10'],
        ['arguments.bant.timeline', 'is required: expected number'],
      ],
    ],
    [
      'of none of several forms',
      'create_contact_event',
      { contact_id, category: 'issue', event_type: 'x', description: 'x', metadata: { a: [] } },
      [
        [
          'arguments.metadata.a',
          'expected string, received array, or expected number, received array, or expected boolean, received array',
        ],
      ],
    ],
    [
      'all of them together',
      'qualify_lead',
      { contact_id },
      [['arguments', 'give a status, a score or the four BANT points']],
    ],
    ['no object', 'get_contact', 'Maria', [['arguments', 'expected object, received string']]],
  ];
  for (const [what, tool, args, expected] of cases) {
    it(what, () => {
      const found = wrongFields(tool, args);
      assert.deepEqual(
        found.map(({ field, message }) => [field, message]),
        expected,
      );
    });
  }

  it('names ten at most, without what was sent, so that it fits into the headers of an answer', () => {
    const secret = 'a customer wrote this';
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`${'x'.repeat(500)}${index}`, secret]));
    const found = wrongFields('get_agents', many);
    assert.equal(found.length, 10);
    assert.ok(JSON.stringify(found).length < 2_000);
    assert.doesNotMatch(JSON.stringify(found), /customer/);
  });

  it('in the same words for a model, whose arguments may not even be JSON', () => {
    const tool = toolNamed('get_agents');
    assert.ok(tool);
    const said = (json: string) => checkOwnArguments(tool, json).refusal;
    assert.equal(said('{"type": 1}'), 'The arguments are wrong: arguments.type: expected one of "human"|"ai"|"bot"');
    assert.equal(
      said('{"type": '),
      'The arguments are wrong: arguments: not JSON; call the tool again with a JSON object',
    );
  });

  describe('to a program that calls by REST', () => {
    let api: TestApi;
    before(async () => {
      api = await startTestApi();
    });
    after(() => api.close());

    it('as fields of the problem: those of the form, and those that only the work can judge', async () => {
      const { tenantId, apiKey: key } = await newTenant(api.deps.db);
      const { contactId } = await newThread(api.deps.db, tenantId);
      const call = async (tool_name: string, args: object, dry_run = false) => {
        const json = { tool_name, arguments: { contact_id: contactId, ...args }, dry_run };
        const { status, body } = await api.request('POST', '/api/v1/mcp/execute', { key, json });
        assert.deepEqual([status, body.code], [422, 'VALIDATION_ERROR']);
        for (const { field, message } of body.errors)
          assert.ok(body.detail.includes(`${field}: ${message}`), body.detail);
        return body.errors;
      };
      assert.deepEqual(await call('tag_contact', { tags: 'vip', operation: 'add' }), [
        { field: 'arguments.tags', message: 'expected array, received string' },
      ]);
      const task = { message: 'Oi!' };
      const both = { field: 'arguments.scheduled_at', message: 'give either it or in_hours' };
      assert.deepEqual(await call('create_follow_up_task', task), [both]);
      assert.deepEqual(await call('create_follow_up_task', task, true), [both]);
      const [past] = await call('create_follow_up_task', { ...task, scheduled_at: '2020-01-01T09:00:00Z' });
      assert.equal(past.field, 'arguments.scheduled_at');
    });
  });
});
