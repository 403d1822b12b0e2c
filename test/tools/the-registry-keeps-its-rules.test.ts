import assert from 'node:assert/strict';
import { SCOPES } from '../../core/accounts/scopes';
import { checkArguments, inputJsonSchema, outputJsonSchema } from '../../core/tools/arguments';
import { allTools, toolDefinitions, toolNamed } from '../../core/tools/registry';
import { approvalReasons } from '../../core/tools/rules';
import type { ToolCaller } from '../../core/tools/types';
import { newId } from '../../core/ids';

const tenantId = newId();
const contactId = newId();
const operator: ToolCaller = { kind: 'operator', tenantId, userId: null };
const agent: ToolCaller = {
  kind: 'agent',
  tenantId,
  turn: {
    turnId: newId(),
    conversationId: newId(),
    channelId: newId(),
    contactId,
    sessionId: newId(),
    handlerVersion: 1,
  },
};

describe('the registry of tools', () => {
  it('describes every tool for models: name, description, closed arguments, a known scope, examples', () => {
    for (const tool of allTools()) {
      assert.match(tool.name, /^[a-z][a-z_]{2,63}$/);
      assert.ok(tool.description.length >= 20, tool.name);
      assert.ok(tool.scope in SCOPES, tool.name);
      assert.ok(tool.examples.length > 0, tool.name);
      const schema = inputJsonSchema(tool, 'operator');
      assert.equal(schema['type'], 'object', tool.name);
      assert.equal(schema['additionalProperties'], false, tool.name);
      assert.equal(outputJsonSchema(tool)['type'], 'object', tool.name);
      assert.notEqual(tool.run === null, tool.look === null, tool.name);
      // What asks the outside cannot be undone with its transaction, so it may only read.
      if (tool.look) assert.equal(tool.access, 'read', tool.name);
      if (tool.fetch) assert.notEqual(tool.run, null, tool.name);
    }
  });

  it('gives every tool examples that its own check accepts', () => {
    for (const tool of allTools()) {
      for (const example of tool.examples) {
        const named = tool.about === 'contact' ? { contact_id: contactId } : {};
        const checked = checkArguments(tool, operator, { ...example.arguments, ...named });
        assert.equal(checked.refusal, null, `${tool.name}: ${checked.refusal}`);
      }
    }
  });

  it('offers a model no contact to choose, and takes its contact from the turn', () => {
    for (const { name, parameters } of toolDefinitions(allTools().map((tool) => tool.name))) {
      assert.ok(!('contact_id' in (parameters['properties'] as object)), name);
    }
    const facts = toolNamed('get_contact_facts');
    assert.ok(facts);
    const checked = checkArguments(facts, agent, {});
    assert.equal(checked.refusal === null && checked.contactId, contactId);
    assert.match(checkArguments(facts, agent, { contact_id: newId() }).refusal ?? '', /contact_id/);
    assert.match(checkArguments(facts, operator, {}).refusal ?? '', /contact_id/);
  });

  it('says when a person must approve, from the rule and the checked arguments alone', () => {
    const discount = [{ kind: 'above', argument: 'discount_percent', limit: 30, reason: 'discount' }] as const;
    assert.deepEqual(approvalReasons(discount, { discount_percent: 30 }), []);
    assert.deepEqual(approvalReasons(discount, { discount_percent: 30.5 }), ['discount']);
    assert.deepEqual(approvalReasons(discount, {}), []);
    const contract = [...discount, { kind: 'always', reason: 'contract_change' }] as const;
    assert.deepEqual(approvalReasons(contract, { discount_percent: 90 }), ['discount', 'contract_change']);
  });
});
