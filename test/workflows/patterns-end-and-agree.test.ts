import assert from 'node:assert/strict';
import { boundedLoop } from '../../workflows/patterns/bounded-loop';
import { agreement } from '../../workflows/patterns/consensus';
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
