import assert from 'node:assert/strict';
import { choosePerson, chooseSupervisor } from '../../core/people/choose';
import type { Candidate, Strategy } from '../../core/people/types';

const person = (id: string, own: Partial<Candidate> = {}): Candidate => ({
  id,
  name: id,
  role: 'human_agent',
  status: 'available',
  skills: [],
  languages: [],
  priority: 50,
  maxSessions: 10,
  sessions: 0,
  lastAssignedAtMs: null,
  hasServedBefore: false,
  ...own,
});

const need = { intent: 'support_billing', language: 'pt-BR' };
const chosen = (strategy: Strategy, people: Candidate[], without: string[] = []) =>
  choosePerson(people, { strategy, need, without })?.id ?? null;

describe('a person is chosen by rules', () => {
  it('takes turns, or the fewest conversations, or nobody', () => {
    const people = [
      person('ana', { sessions: 1, lastAssignedAtMs: 100 }),
      person('bia', { sessions: 3, lastAssignedAtMs: 50 }),
      person('caio', { sessions: 2, lastAssignedAtMs: 200 }),
    ];
    assert.equal(chosen('round_robin', people), 'bia');
    assert.equal(chosen('round_robin', [...people, person('novo')]), 'novo');
    assert.equal(chosen('least_sessions', people), 'ana');
    assert.equal(chosen('manual', people), null);
  });

  it('never takes who is away, full, or was asked already', () => {
    const people = [
      person('ana', { status: 'away' }),
      person('bia', { sessions: 10 }),
      person('caio', { sessions: 2, maxSessions: 2 }),
      person('duda', { sessions: 9 }),
    ];
    for (const strategy of ['round_robin', 'least_sessions', 'score'] as const) {
      assert.equal(chosen(strategy, people), 'duda');
      assert.equal(chosen(strategy, people, ['duda']), null);
    }
  });

  it('weighs intent 40, priority 20, served before 20 and load 20', () => {
    const score = (a: Partial<Candidate>, b: Partial<Candidate>) => chosen('score', [person('a', a), person('b', b)]);
    const skilled = { skills: ['support_billing'] };
    // 40 + 0 + 0 + 2 against 0 + 20 + 20 + 4; 40 + 2 + 0 + 4 against 0 + 19 + 20 + 2.
    assert.equal(
      score({ ...skilled, priority: 0, sessions: 9 }, { priority: 100, hasServedBefore: true, sessions: 8 }),
      'b',
    );
    assert.equal(
      score({ ...skilled, priority: 10, sessions: 8 }, { priority: 95, hasServedBefore: true, sessions: 9 }),
      'a',
    );
    assert.equal(score({ hasServedBefore: true }, { priority: 100 }), 'a');
    assert.equal(score({ hasServedBefore: true, sessions: 6 }, { priority: 100 }), 'b');
  });

  it("prefers the customer's language over everything, but rather a stranger than nobody", () => {
    const english = person('ann', { skills: ['support_billing'], languages: ['en'] });
    assert.equal(chosen('score', [english, person('bia', { languages: ['pt'], sessions: 8 })]), 'bia');
    assert.equal(chosen('score', [english]), 'ann');
    assert.equal(
      chosen('round_robin', [
        english,
        person('zeca', { skills: ['support_billing'], languages: ['pt-BR'] }),
        person('bia', { languages: ['pt-BR'] }),
      ]),
      'zeca',
    );
  });

  it('tells a supervisor even when all are full', () => {
    const people = [
      person('ana'),
      person('chefe', { role: 'supervisor', sessions: 10 }),
      person('dona', { role: 'admin', status: 'offline' }),
    ];
    assert.equal(chooseSupervisor(people, [])?.id, 'chefe');
    assert.equal(chooseSupervisor(people, ['chefe'])?.id, 'dona');
    assert.equal(chooseSupervisor([person('ana')], []), null);
  });
});
