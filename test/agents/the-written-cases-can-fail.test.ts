import assert from 'node:assert/strict';
import { readCases, type TurnExpectation } from '../../scripts/eval/agents/cases';
import { runProblems, silence, turnProblems, type SeenTurn } from '../../scripts/eval/agents/judge';
import { BUILT_IN_AGENTS } from '../../core/agents/team/types';

const EXPECTED: TurnExpectation = {
  intent: 'retention_churn',
  agent: 'retention_churn',
  outcome: 'replied',
  called: ['search_memory'],
  notCalled: ['create_retention_offer'],
  refused: [{ tool: 'create_retention_offer', rule: 'retention_severity' }],
  rules: [],
  flags: [],
  reply: { matches: ['cancelar'], lacks: ['%'], maxCharacters: 200 },
};
const SEEN: SeenTurn = {
  intent: 'retention_churn',
  agent: 'retention_churn',
  outcome: 'replied',
  reason: null,
  calls: [
    { tool: 'search_memory', status: 'done', rule: null },
    { tool: 'create_retention_offer', status: 'refused', rule: 'retention_severity' },
  ],
  rules: [],
  flags: [],
  handler: 'ai',
  reply: ['O que mais pesou para você pensar em cancelar?'],
};

describe('the written cases can fail', () => {
  it('passes a turn that is as expected', () => {
    assert.deepEqual(turnProblems(EXPECTED, SEEN, 'pt'), []);
  });

  const offered = { tool: 'create_retention_offer', status: 'done', rule: null };
  const deviations: [string, Partial<SeenTurn>][] = [
    ['another intent', { intent: 'general' }],
    ['another agent', { agent: 'balanced' }],
    ['another outcome', { outcome: 'handed_over', handler: 'waiting' }],
    ['a person who was not asked for', { handler: 'human' }],
    ['a tool that was not called', { calls: SEEN.calls.slice(1) }],
    ['a tool that should not have been', { calls: [...SEEN.calls, offered] }],
    ['a call that was not refused', { calls: SEEN.calls.slice(0, 1) }],
    ['a call that was refused', { calls: [...SEEN.calls, { tool: 'create_note', status: 'refused', rule: null }] }],
    ['a rule that spoke', { rules: ['complaint_severity'] }],
    ['a flag', { flags: ['echo'] }],
    ['no reply', { reply: [] }],
    ['a reply without its words', { reply: ['O que você quer?'] }],
    ['a reply with what it must lack', { reply: ['Você quer cancelar? Dou 10%'] }],
    ['a long reply', { reply: [`Você quer cancelar? ${'Por favor, '.repeat(30)}`] }],
    ['a flood of messages', { reply: Array<string>(5).fill('Você quer cancelar?') }],
    ['another language', { reply: ['Do you want to cancelar this for me?'] }],
  ];
  for (const [what, change] of deviations) {
    it(`fails for ${what}`, () => {
      assert.equal(turnProblems(EXPECTED, { ...SEEN, ...change }, 'pt').length > 0, true);
    });
  }

  it('fails for a bot that speaks while a person has the conversation', () => {
    assert.deepEqual(silence([]), []);
    assert.equal(silence(['Oi']).length, 1);
  });

  it('holds eighty cases and more, in three languages, of every agent, and two of every rule about one', () => {
    const cases = readCases();
    assert.ok(cases.length >= 80, `only ${cases.length}`);
    assert.ok(cases.filter((one) => one.language === 'es').length >= 5);
    for (const language of ['pt', 'en']) assert.ok(cases.filter((one) => one.language === language).length >= 25);
    const agents = new Set<string>();
    const casesOf = new Map<string | null, number>();
    for (const one of cases) {
      if ('asks' in one) agents.add(one.asks.agent);
      else {
        const expected = one.turns.flatMap(({ expect }) => expect ?? []);
        expected.forEach(({ agent }) => agents.add(agent));
        const rules = expected.flatMap((turn) => [...turn.rules, ...turn.refused.map(({ rule }) => rule)]);
        for (const rule of new Set(rules)) casesOf.set(rule, (casesOf.get(rule) ?? 0) + 1);
      }
    }
    // The coordinator answers nobody itself: it is who chose the others.
    assert.deepEqual([...agents].sort(), BUILT_IN_AGENTS.filter((key) => key !== 'coordinator').toSorted());
    const wanted =
      `retention_sentiment complaint_severity retention_customer_value retention_refusals retention_attempts
      retention_severity approval_discount approval_confidence lead_score tool_ask tool_never too_many_calls repeated_call
      bot_to_bot claim_without_act promised_discount echo repeated_reply`.split(/\s+/);
    assert.deepEqual(
      wanted.filter((rule) => (casesOf.get(rule) ?? 0) < 2),
      [],
    );
    // Memory that cannot be read and a person who says yes leave no refusal behind.
    assert.equal(cases.filter((one) => 'given' in one && one.given.memory === 'out').length, 2);
  });

  it('fails for an agent for staff that did something else', () => {
    const question = readCases().find(({ id }) => id === 'staff-pt-bi-leads');
    assert.ok(question && 'asks' in question);
    const seen = { status: 'done', calls: [{ tool: 'get_leads_count', refusal: null }], answer: 'São 3 leads' };
    assert.deepEqual(runProblems(question, seen), []);
    const others = [{ status: 'failed' }, { calls: [] }, { answer: 'Não sei' }];
    for (const other of others) assert.ok(runProblems(question, { ...seen, ...other }).length > 0);
  });
});
