import assert from 'node:assert/strict';
import { countCall, refusalOf, sideBySide, type RequestedCall, type ToolCount } from '../../core/agents/limits';
import { storedModelStep, type StepRow } from '../../core/agents/steps';

const call = (fingerprint: string): RequestedCall => ({ callId: fingerprint, tool: 'search_memory', fingerprint });

function allowed(calls: RequestedCall[]): (string | null)[] {
  let count: ToolCount = { total: 0, byFingerprint: {} };
  return calls.map((next) => {
    const refusal = refusalOf(next, count);
    count = countCall(next, count);
    return refusal;
  });
}

const modelStep = (calls: { id: string; input: StepRow['input']; tool?: string; status?: string }[]): StepRow[] => [
  { step: 1, kind: 'model', callId: 'model', tool: null, input: null, output: {}, status: 'done' },
  ...calls.map(({ id, input, tool = 'search_memory', status = 'requested' }) => ({
    step: 1,
    kind: 'tool',
    callId: id,
    tool,
    input,
    output: null,
    status,
  })),
];

function fingerprints(calls: Parameters<typeof modelStep>[0]): string[] {
  const stored = storedModelStep(modelStep(calls), 1);
  assert.equal(stored?.kind, 'tools');
  return stored.calls.map(({ fingerprint }) => fingerprint);
}

describe('a turn has bounds', () => {
  it('lets twenty different calls run and refuses the next', () => {
    const refusals = allowed(Array.from({ length: 22 }, (_, index) => call(`call ${index}`)));
    assert.deepEqual(refusals.slice(0, 20), Array(20).fill(null));
    assert.deepEqual(refusals.slice(20), ['too_many_calls', 'too_many_calls']);
  });

  it('lets the same call run three times, and others besides', () => {
    assert.deepEqual(allowed([call('a'), call('a'), call('b'), call('a'), call('a'), call('b')]), [
      null,
      null,
      null,
      null,
      'repeated_call',
      null,
    ]);
  });

  it('takes calls for the same whatever the order of their arguments', () => {
    const [first, second] = fingerprints([
      { id: '1', input: { query: 'preço', filters: { from: 'a', to: [1, { x: 1, y: null }] } } },
      { id: '2', input: { filters: { to: [1, { y: null, x: 1 }], from: 'a' }, query: 'preço' } },
    ]);
    assert.equal(first, second);
  });

  it('tells calls apart by tool, by value and by the order of a list', () => {
    const all = fingerprints([
      { id: '1', input: { query: '1' } },
      { id: '2', input: { query: 1 } },
      { id: '3', input: { query: ['a', 'b'] } },
      { id: '4', input: { query: ['b', 'a'] } },
      { id: '5', input: { query: '1' }, tool: 'get_contact_facts' },
      { id: '6', input: {} },
    ]);
    assert.equal(new Set(all).size, all.length);
  });

  it('finds what an earlier attempt stored, without the calls that were refused', () => {
    assert.equal(storedModelStep(modelStep([]), 2), null);
    assert.deepEqual(storedModelStep(modelStep([]), 1), { kind: 'reply' });
    const stored = storedModelStep(
      modelStep([
        { id: 'kept', input: {} },
        { id: 'refused', input: {}, status: 'refused' },
      ]),
      1,
    );
    assert.equal(stored?.kind, 'tools');
    assert.deepEqual(
      stored.calls.map(({ callId }) => callId),
      ['kept'],
    );
  });

  it('runs reads side by side, and what writes by itself, in the order it was asked for', () => {
    const stored = storedModelStep(
      modelStep([
        { id: '1', input: {}, tool: 'get_contact_facts' },
        { id: '2', input: {} },
        { id: '3', input: {}, tool: 'update_contact' },
        { id: '4', input: {}, tool: 'create_note' },
        { id: '5', input: {} },
      ]),
      1,
    );
    assert.equal(stored?.kind, 'tools');
    const together = sideBySide(stored.calls).map((calls) => calls.map(({ callId }) => callId));
    assert.deepEqual(together, [['1', '2'], ['3'], ['4'], ['5']]);
    // Runs that began before calls said whether they read go on as they began.
    const old = stored.calls.map(({ isRead: _, ...before }) => before);
    assert.equal(sideBySide(old).length, 5);
  });
});
