import assert from 'node:assert/strict';
import { agentAsTool } from '../../workflows/patterns/agent-as-tool';
import { boundedLoop } from '../../workflows/patterns/bounded-loop';
import { agreement } from '../../workflows/patterns/consensus';
import { planThenAct } from '../../workflows/patterns/plan-then-act';
import { reflect } from '../../workflows/patterns/reflection';
import { firstThat } from '../../workflows/patterns/sequential';

const same = (vote: string) => vote;

describe('patterns end and agree', () => {
  it('two of three agree, one of two and one of three do not, and nobody agrees alone', () => {
    assert.deepEqual(agreement(['a', 'b', 'a'], same), ['a', 'a']);
    assert.deepEqual(agreement(['a', 'b'], same), []);
    assert.deepEqual(agreement(['a', 'b', 'c'], same), []);
    assert.deepEqual(agreement(['a'], same), []);
    assert.deepEqual(agreement(['a', 'a', 'b', 'b', 'a'], same), []);
  });

  it('one after the other stops with the first that has something', async () => {
    const asked: number[] = [];
    const found = await firstThat([1, 2, 3], (item) => {
      asked.push(item);
      return Promise.resolve(item === 2 ? 'two' : null);
    });
    assert.equal(found, 'two');
    assert.deepEqual(asked, [1, 2]);
    assert.equal(await firstThat([1], () => Promise.resolve(null)), null);
  });

  it('a loop that is entered again has only the rounds that are left', async () => {
    const progress = { rounds: 0 };
    assert.equal(await boundedLoop(progress, 5, (round) => Promise.resolve(round === 2 ? 'done' : null)), 'done');
    const rounds: number[] = [];
    const endless = await boundedLoop(progress, 5, (round) => {
      rounds.push(round);
      return Promise.resolve(null);
    });
    assert.equal(endless, null);
    assert.deepEqual(rounds, [3, 4, 5]);
  });

  it('a plan with faults is made once more, and its steps run in order before anything is concluded', async () => {
    const done: string[] = [];
    const act = (step: string) => Promise.resolve(void done.push(step));
    const conclude = () => Promise.resolve(`after ${done.join(' ')}`);
    const plan = (attempt: 1 | 2) =>
      Promise.resolve(attempt === 1 ? { steps: ['wrong'], hasFaults: true } : { steps: ['a', 'b'], hasFaults: true });
    assert.equal(await planThenAct({ plan, act, conclude }), 'after a b');
    assert.equal(await planThenAct({ plan: () => Promise.resolve('no plan'), act, conclude }), 'no plan');
    assert.deepEqual(done, ['a', 'b']);
  });

  it('an agent that cannot answer is an answer, one too deep is not asked, and what is no failure of it is thrown on', async () => {
    const asked: number[] = [];
    const answers: string[] = [];
    const at = (depth: number, error?: Error) =>
      agentAsTool({
        depth,
        most: 2,
        ask: () => (asked.push(depth), error ? Promise.reject(error) : Promise.resolve()),
        failureOf: (caught) => {
          if (caught instanceof TypeError) throw caught;
          return 'failed';
        },
        answerWith: (failure) => Promise.resolve(void answers.push(failure)),
      });
    await at(0);
    await at(1, new Error('broken'));
    await at(2);
    await assert.rejects(at(0, new TypeError('a bug')), TypeError);
    assert.deepEqual(
      [asked, answers],
      [
        [0, 1, 0],
        ['failed', 'TOO_DEEP'],
      ],
    );
  });

  it('what a check sends back is made once more, and what cannot be made is not checked', async () => {
    let made = 0;
    const produce = () => Promise.resolve(++made && null);
    assert.deepEqual(await reflect({ produce, check: () => Promise.resolve(made === 2 ? 'good' : null) }), {
      outcome: 'good',
    });
    assert.equal(made, 2);
    const failing = { produce: () => Promise.resolve('broken'), check: () => Promise.reject(new Error('not reached')) };
    assert.deepEqual(await reflect(failing), { failure: 'broken' });
  });
});
